"use strict";
(function () {
  var zh = document.getElementById("zh");
  var en = document.getElementById("en");

  function follow() {
    document.documentElement.lang = en.checked ? "en-GB" : "zh-CN";
  }
  if (!/^zh/i.test(navigator.language || "zh")) en.checked = true;
  zh.addEventListener("change", follow);
  en.addEventListener("change", follow);
  follow();

  // A row's key is data-value of its cell if there is one, else the text that is shown.
  function key(row, column) {
    var cell = row.cells[column];
    if (!cell) return "";
    var value = cell.getAttribute("data-value");
    return value === null ? cell.innerText.trim() : value;
  }
  function compare(a, b) {
    var x = Number(a), y = Number(b);
    if (a !== "" && b !== "" && !isNaN(x) && !isNaN(y)) return x - y;
    return a.localeCompare(b, document.documentElement.lang);
  }
  Array.prototype.forEach.call(document.querySelectorAll("table.sortable"), function (table) {
    var heads = table.tHead.rows[0].cells;
    Array.prototype.forEach.call(heads, function (head, column) {
      if (head.classList.contains("chart")) return;
      var button = document.createElement("button");
      button.type = "button";
      while (head.firstChild) button.appendChild(head.firstChild);
      head.appendChild(button);
      button.addEventListener("click", function () {
        var down = head.getAttribute("aria-sort") !== "descending";
        Array.prototype.forEach.call(heads, function (other) { other.removeAttribute("aria-sort"); });
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        var body = table.tBodies[0];
        var rows = Array.prototype.map.call(body.rows, function (row, at) {
          return { row: row, at: at, key: key(row, column) };
        });
        rows.sort(function (a, b) {
          var order = compare(a.key, b.key) || a.at - b.at;
          return down ? -order : order;
        });
        rows.forEach(function (entry) { body.appendChild(entry.row); });
      });
    });
  });
})();
