//! What the pages call things, in both languages.

use serde::{Deserialize, Serialize};

/// A language that output is read in.
#[derive(Copy, Clone, Debug, Default, Eq, PartialEq)]
pub enum Language {
    /// Chinese, in simplified characters.
    #[default]
    Zh,
    /// English.
    En,
}

/// One text in both languages.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Text {
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

impl Text {
    /// The text of the two wordings.
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Text {
            zh: zh.into(),
            en: en.into(),
        }
    }

    /// The text that is the same in both languages, such as a name from a file.
    pub fn same(text: impl Into<String>) -> Self {
        let text = text.into();
        Text {
            zh: text.clone(),
            en: text,
        }
    }

    /// The wording in one language.
    pub fn get(&self, language: Language) -> &str {
        match language {
            Language::Zh => &self.zh,
            Language::En => &self.en,
        }
    }

    /// Whether both wordings are empty.
    pub fn is_empty(&self) -> bool {
        self.zh.is_empty() && self.en.is_empty()
    }
}

/// What to call a programme, register, column, comparison, hypothesis, finding kind, severity,
/// state or reject reason; the code itself, underscores as spaces, if it is not one of the shipped ones.
///
/// ```
/// use yiren::report::words::name_of;
/// assert_eq!(name_of("tekun").zh, "特困人员救助供养");
/// assert_eq!(name_of("old_age_pension").en, "old age pension");
/// ```
pub fn name_of(code: &str) -> Text {
    match NAMES.iter().find(|(known, _, _)| *known == code) {
        Some((_, zh, en)) => Text::new(*zh, *en),
        None => Text::same(code.replace('_', " ")),
    }
}

/// What a finding of a kind means for the person who has to look into it; empty if the kind is
/// not one of the shipped ones.
pub fn meaning_of(kind: &str) -> Text {
    match MEANINGS.iter().find(|(known, _, _)| *known == kind) {
        Some((_, zh, en)) => Text::new(*zh, *en),
        None => Text::default(),
    }
}

const NAMES: &[(&str, &str, &str)] = &[
    // Programmes and registers.
    ("dibao", "最低生活保障", "Dibao (minimum living allowance)"),
    (
        "tekun",
        "特困人员救助供养",
        "Tekun (support for the destitute)",
    ),
    ("medical", "医疗救助", "Medical assistance"),
    ("housing", "住房救助", "Housing assistance"),
    ("education", "教育救助", "Education assistance"),
    ("employment", "就业救助", "Employment assistance"),
    ("disaster", "受灾人员救助", "Disaster relief"),
    ("temporary", "临时救助", "Temporary assistance"),
    ("deaths", "死亡登记", "Deaths register"),
    ("payroll", "财政供养人员", "Public payroll"),
    ("population", "户籍人口", "Population register"),
    // Columns.
    ("record_id", "记录编号", "Record id"),
    ("national_id", "身份证号", "ID number"),
    ("documents", "其他证件", "Other documents"),
    ("name", "姓名", "Name"),
    ("former_name", "曾用名", "Former name"),
    ("surname", "姓", "Surname"),
    ("given_name", "名", "Given name"),
    ("sex", "性别", "Sex"),
    ("ethnicity", "民族", "Ethnicity"),
    ("birth_date", "出生日期", "Birth date"),
    ("hukou_address", "户籍地址", "Hukou address"),
    ("residence_address", "现居住地址", "Residence"),
    ("address", "地址", "Address"),
    ("hukou_division", "户籍区划", "Hukou division"),
    ("office_division", "经办区划", "Office"),
    ("household_id", "户号", "Household"),
    ("household", "户", "Household"),
    ("relation_to_head", "与户主关系", "Relation to head"),
    ("mother_name", "母亲姓名", "Mother's name"),
    ("mother", "母亲", "Mother"),
    ("account", "账号", "Account"),
    ("other_rivals", "其他假设", "Other hypotheses"),
    ("phone", "联系电话", "Phone"),
    ("bank_account", "银行账号", "Bank account"),
    ("status", "状态", "Status"),
    ("start_date", "开始日期", "Start"),
    ("end_date", "结束日期", "End"),
    ("monthly_amount", "月保障金额", "Monthly amount"),
    ("updated_at", "更新时间", "Updated"),
    // Hypotheses.
    ("stranger", "陌生人", "strangers"),
    ("relative", "亲属", "relatives"),
    ("twin", "双胞胎", "twins"),
    ("shared_number", "重号的两人", "two people under one number"),
    // Finding kinds.
    ("duplicate_enrolment", "重复享受", "Duplicate enrolment"),
    ("repeat_enrolment", "先后两次享受", "Repeat enrolment"),
    (
        "exclusive_overlap",
        "互斥待遇重叠",
        "Exclusive benefits overlap",
    ),
    ("paid_after_death", "死亡后仍发放", "Paid after death"),
    (
        "excluded_by_payroll",
        "财政供养人员领取",
        "On the public payroll",
    ),
    (
        "shared_national_id",
        "一号多人",
        "One ID number, two people",
    ),
    (
        "several_national_ids",
        "一人多号",
        "One person, several ID numbers",
    ),
    (
        "shared_account",
        "无关家庭共用账户",
        "Account shared by unrelated households",
    ),
    // Severities.
    ("high", "重要", "high"),
    ("critical", "紧要", "critical"),
    ("medium", "一般", "medium"),
    ("warning", "提示", "warning"),
    ("low", "轻微", "low"),
    ("info", "供参考", "information"),
    ("information", "供参考", "information"),
    // Verdicts.
    ("link", "同一人", "link"),
    ("review", "待人工审核", "review"),
    ("non_link", "不同的人", "no link"),
    // States of an enrolment.
    ("applied", "已申请", "applied"),
    ("active", "在享", "active"),
    ("suspended", "暂停", "suspended"),
    ("exited", "已退出", "exited"),
    ("deceased", "已死亡", "deceased"),
    // Reject reasons.
    ("missing_record_id", "缺少记录编号", "record id missing"),
    ("repeated_record_id", "记录编号重复", "record id repeated"),
    ("wrong_column_count", "列数不符", "wrong number of columns"),
    ("undecodable_text", "文字无法解码", "text cannot be decoded"),
    (
        "unterminated_quote",
        "引号未闭合",
        "quoted field not closed",
    ),
    ("line_too_long", "行过长", "line too long"),
    ("not_json", "不是 JSON 对象", "not a JSON object"),
    ("repeated_column", "列重复", "column given twice"),
    ("damaged_file", "文件损坏", "file damaged"),
    ("unknown_op", "操作无法识别", "operation not known"),
    ("missing_source", "缺少来源", "source missing"),
    (
        "older_than_stored",
        "库中已有更新的版本",
        "older than what is stored",
    ),
];

const MEANINGS: &[(&str, &str, &str)] = &[
    (
        "duplicate_enrolment",
        "同一人在同一项目中有两条记录，且享受月份重叠。",
        "One person appears twice in one programme, with months in common.",
    ),
    (
        "repeat_enrolment",
        "同一人先后两次进入同一项目，月份不重叠；多属正常，仅供了解。",
        "One person entered one programme twice, with no month in common; usually in order.",
    ),
    (
        "exclusive_overlap",
        "同一人同时享受两项不能同时享受的待遇。",
        "One person draws two benefits that the rules do not allow together.",
    ),
    (
        "paid_after_death",
        "死亡月份之后仍有享受月份。",
        "An enrolment covers months after the month of death.",
    ),
    (
        "excluded_by_payroll",
        "享受低保或特困待遇期间，同时在财政供养人员名册上。",
        "On Dibao or Tekun while also on the public payroll.",
    ),
    (
        "shared_national_id",
        "两个不同的人使用同一个身份证号，须核实登记。",
        "Two different people carry one ID number; the registration needs checking.",
    ),
    (
        "several_national_ids",
        "同一人名下有多个身份证号，须核实登记。",
        "One person carries several ID numbers; the registration needs checking.",
    ),
    (
        "shared_account",
        "没有亲属或同户关系的家庭共用一个银行账户。",
        "Households with no tie to each other are paid into one account.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_code_is_named_twice_or_in_one_language_only() {
        for table in [NAMES, MEANINGS] {
            for (at, (code, zh, en)) in table.iter().enumerate() {
                assert!(
                    table[..at].iter().all(|(earlier, _, _)| earlier != code),
                    "{code}"
                );
                assert!(!zh.is_empty() && !en.is_empty() && zh != en, "{code}");
            }
        }
    }
}
