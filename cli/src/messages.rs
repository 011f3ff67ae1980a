//! Warnings and errors about the user's files, in Chinese; the library words them in English.

use yiren::casefile::CaseError;
use yiren::ingest::{FileWarning, IngestError, Warning};
use yiren::query::TimeError;
use yiren::resolve::ResolveError;
use yiren::search::SearchError;
use yiren::standardise::LoadError;
use yiren::store::StoreError;
use yiren::sweep::SweepError;
use yiren::training::TrainError;

use crate::commands::server::ServerError;
use crate::language::Language;
use crate::{server_messages, store_messages};

/// What the owner of a file should know.
pub fn warning(warning: &FileWarning, language: Language) -> String {
    let chinese = match language {
        Language::Zh => warning_zh(&warning.warning),
        Language::En => None,
    };
    chinese.map_or_else(
        || warning.to_string(),
        |text| format!("{}：{text}", warning.file),
    )
}

/// Why a file cannot be read.
pub fn unreadable(error: &IngestError, language: Language) -> String {
    let chinese = match language {
        Language::Zh => unreadable_zh(error),
        Language::En => None,
    };
    chinese.unwrap_or_else(|| error.to_string())
}

/// An error with its causes.
pub fn error(error: &anyhow::Error, language: Language) -> String {
    let chinese = match language {
        Language::Zh => error_zh(error),
        Language::En => None,
    };
    chinese.unwrap_or_else(|| with_causes(error))
}

/// An error and its causes, without those that it quotes itself.
fn with_causes(error: &anyhow::Error) -> String {
    let mut text = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !text.contains(&cause) {
            text.push_str(": ");
            text.push_str(&cause);
        }
    }
    text
}

/// What a check found wrong.
pub fn fault(what: &'static str, language: Language) -> &'static str {
    let known = |(english, _): &&(&str, &str)| *english == what;
    match (language, store_messages::FAULTS.iter().find(known)) {
        (Language::Zh, Some((_, chinese))) => chinese,
        _ => what,
    }
}

fn error_zh(error: &anyhow::Error) -> Option<String> {
    if let Some(error) = error.downcast_ref::<yiren::loading::LoadError>() {
        return store_messages::load_zh(error);
    }
    if let Some(error) = error.downcast_ref::<ResolveError>() {
        return store_messages::resolve_zh(error);
    }
    if let Some(error) = error.downcast_ref::<TrainError>() {
        return train_zh(error);
    }
    if let Some(error) = error.downcast_ref::<StoreError>() {
        return store_messages::store_zh(error);
    }
    if let Some(error) = error.downcast_ref::<SearchError>() {
        return store_messages::search_zh(error);
    }
    if let Some(error) = error.downcast_ref::<CaseError>() {
        return store_messages::case_zh(error);
    }
    if let Some(error) = error.downcast_ref::<ServerError>() {
        return Some(server_messages::server_zh(error));
    }
    if let Some(error) = error.downcast_ref::<TimeError>() {
        return store_messages::time_zh(error);
    }
    if let Some(error) = error.downcast_ref::<IngestError>() {
        return unreadable_zh(error);
    }
    if let Some(LoadError::Ingest(error)) = error.downcast_ref::<LoadError>() {
        return unreadable_zh(error);
    }
    sweep_zh(error.downcast_ref::<SweepError>()?)
}

/// Why a model cannot be trained.
fn train_zh(error: &TrainError) -> Option<String> {
    match error {
        TrainError::Load(LoadError::Ingest(error)) => unreadable_zh(error),
        TrainError::NoLabelledPair => Some(
            "标注中没有任何两条属于同一人的记录在输入中；请核对 source 与 record_id".to_string(),
        ),
        TrainError::NoJudgedPair => Some(
            "人工判断的记录对中，没有一对在输入中且由某条分块规则带来；请核对来源与记录编号"
                .to_string(),
        ),
        TrainError::Load(_) | TrainError::Scratch(_) => None,
    }
}

/// Why a sweep gave no result.
pub fn sweep_zh(error: &SweepError) -> Option<String> {
    match error {
        SweepError::Load(LoadError::Ingest(error)) => unreadable_zh(error),
        SweepError::Load(LoadError::TooMany) => None,
        SweepError::Load(LoadError::MemoryLimit { limit, read, of }) => Some(format!(
            "读到 {} MiB（共 {} MiB）时已达内存上限 {} MiB：请提高 --memory-limit，或分地区核查",
            read >> 20,
            of >> 20,
            limit >> 20
        )),
        SweepError::MemoryLimit { limit, needed } => Some(format!(
            "内存上限 {} MiB 不够比对这些记录，约需 {} MiB：请提高 --memory-limit，或分地区核查",
            limit >> 20,
            needed >> 20
        )),
        SweepError::NothingUsable { files, failed } => {
            let reasons = failed
                .iter()
                .map(|error| format!("\n  {}", unreadable(error, Language::Zh)));
            Some(format!(
                "{files} 个文件中没有一条可用的记录{}",
                reasons.collect::<String>()
            ))
        }
        SweepError::Scratch(error) if error.kind() == std::io::ErrorKind::ResourceBusy => {
            Some("另一次核查正在使用此结果文件夹：请等它完成，或用 --out 另选文件夹".to_string())
        }
        SweepError::Scratch(error) | SweepError::Load(LoadError::Scratch(error)) => Some(format!(
            "暂存文件夹无法使用：{error}；请清理磁盘，或用 --out 另选文件夹"
        )),
        SweepError::Write { path, error } => Some(format!(
            "{}：无法写入：{error}；请用 --out 另选文件夹，或清理磁盘",
            path.display()
        )),
    }
}

fn warning_zh(warning: &Warning) -> Option<String> {
    Some(match warning {
        Warning::UnknownColumns(names) => format!(
            "以下列未能识别，保留原名：{}；可用对应表文件（--columns）改名",
            names.join("、")
        ),
        Warning::NestedColumns(names) => {
            format!("以下列是列表或结构，不是单个值：{}", names.join("、"))
        }
        Warning::Empty => "文件为空".to_string(),
        Warning::HeaderOnly => "文件只有表头，没有数据行".to_string(),
        Warning::MixedEncodings {
            encoding,
            line,
            rows,
        } => format!(
            "文件为 {encoding} 编码，但有 {rows} 行是 GB18030（首见于第 {line} 行），未予采用；\
             请将文件统一存为一种编码"
        ),
        Warning::Sheet { read, left } if left.is_empty() => format!("已读取工作表 {read}"),
        Warning::Sheet { read, left } => {
            format!("已读取工作表 {read}；未读取：{}", left.join("、"))
        }
        Warning::DigitsLost {
            column,
            line,
            cells,
        } => format!(
            "{cells} 个长号码以数值而非文本保存，末尾数字已丢失（首见于 {column} 列第 {line} 行），\
             丢失的数字按 * 处理；请将该列设为文本格式后重新填写"
        ),
        Warning::NotRecords { .. } => "已跳过：这是 yiren 自己写出的文件，不是记录".to_string(),
        Warning::LeftOut(names) => {
            format!("文件类型无法识别，未读取：{}", names.join("、"))
        }
        _ => return None,
    })
}

fn unreadable_zh(error: &IngestError) -> Option<String> {
    Some(match error {
        IngestError::Io { path, source } => {
            format!("{path}：{source}；请检查路径和权限")
        }
        IngestError::NoFiles { path } => format!("{path}：此文件夹中没有可读取的文件"),
        IngestError::NoInput => "没有给出输入；请指明文件或文件夹".to_string(),
        IngestError::UnknownFormat { path } => {
            format!("{path}：文件类型无法识别；应为 CSV、Parquet、JSON Lines 或 Excel")
        }
        IngestError::NoRecordId {
            file,
            line,
            columns,
        } => format!(
            "{file} 第 {line} 行：没有表示记录编号（record_id）的列。已有的列：{}。若其中一列即是，\
             请在对应表文件（--columns）中写明：record_id = \"{}\"",
            columns.join("、"),
            columns.first().map_or("表头", String::as_str)
        ),
        IngestError::SameColumn {
            file,
            line,
            column,
            first,
            second,
        } => format!(
            "{file} 第 {line} 行：表头“{first}”与“{second}”都表示 {column} 列；请在对应表文件\
             （--columns）中写明用哪一个：{column} = \"{first}\""
        ),
        IngestError::NotText { file, .. } => {
            format!("{file}：这不是文本文件；请导出为 UTF-8 编码的 CSV，或改用正确的文件后缀")
        }
        IngestError::HeaderUndecodable { file, line, text } => format!(
            "{file} 第 {line} 行：表头既不是 UTF-8 也不是 GB18030 文本：{text}；请将文件存为 UTF-8"
        ),
        IngestError::HeaderTooLong { file, line } => {
            format!("{file} 第 {line} 行：表头超过 1 MiB，或有引号未闭合；这是 CSV 文件吗？")
        }
        IngestError::JsonArray { file } => {
            format!("{file}：这是一个 JSON 数组；请改为每行一个对象（例如：jq -c '.[]'）")
        }
        IngestError::NoSheet { file, sheets } => format!(
            "{file}：各工作表的前 20 行中都没有可识别的表头；工作表：{}",
            sheets.join("、")
        ),
        IngestError::Damaged {
            file,
            format,
            message,
        } => {
            let format = format
                .trim_start_matches("an ")
                .replace("workbook", "工作簿");
            format!("{file}：无法作为 {format} 读取：{message}；文件是否完整？请重新获取")
        }
        _ => return None,
    })
}
