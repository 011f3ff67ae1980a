//! How much memory the process holds, and how much it may.

/// Bytes that this process holds resident now, where the system says so (Linux); else 0.
pub fn resident() -> u64 {
    of_status("VmRSS:")
}

/// The most bytes that this process has held resident, where the system says so (Linux); else 0.
pub fn peak() -> u64 {
    of_status("VmHWM:")
}

fn of_status(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let kib = line.and_then(|line| {
        line.trim()
            .trim_end_matches("kB")
            .trim()
            .parse::<u64>()
            .ok()
    });
    kib.unwrap_or(0) * 1024
}

/// The bytes that a text of the command line names: `8GiB`, `500M`, `1073741824`. Units are powers
/// of 1,024 (K, M, G, T, with or without `iB` or `B`); `None` if it is no amount, or 0.
pub fn parse_bytes(text: &str) -> Option<u64> {
    let text = text.trim();
    let end = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let shift = match unit.trim().to_ascii_uppercase().as_str() {
        "" | "B" => 0,
        "K" | "KB" | "KIB" => 10,
        "M" | "MB" | "MIB" => 20,
        "G" | "GB" | "GIB" => 30,
        "T" | "TB" | "TIB" => 40,
        _ => return None,
    };
    let bytes = number.parse::<f64>().ok()? * f64::from(shift).exp2();
    (1.0..1e18).contains(&bytes).then_some(bytes as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_of_bytes_are_read() {
        for (text, expected) in [
            ("1073741824", Some(1 << 30)),
            ("8GiB", Some(8 << 30)),
            ("8 g", Some(8 << 30)),
            ("1.5M", Some(3 << 19)),
            ("64kb", Some(64 << 10)),
            ("0", None),
            ("", None),
            ("GiB", None),
            ("-1G", None),
            ("1e9", None),
            ("9999999T", None),
            ("8GX", None),
        ] {
            assert_eq!(parse_bytes(text), expected, "{text}");
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn the_system_says_what_is_held() {
        assert!(resident() > 1 << 16 && peak() >= resident() / 2);
    }
}
