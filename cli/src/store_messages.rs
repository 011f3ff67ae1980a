//! What goes wrong with a store, in Chinese; the library words it in English.

use yiren::casefile::CaseError;
use yiren::loading::LoadError;
use yiren::query::TimeError;
use yiren::resolve::{Contradiction, ResolveError};
use yiren::search::SearchError;
use yiren::store::StoreError;

use crate::language::Language;
use crate::messages::{sweep_zh, unreadable};

/// Why nothing could be loaded.
pub fn load_zh(error: &LoadError) -> Option<String> {
    match error {
        LoadError::Ingest(error) => Some(unreadable(error, Language::Zh)),
        LoadError::Resolve(error) => resolve_zh(error),
        LoadError::NothingUsable { files, failed } => {
            let reasons = failed
                .iter()
                .map(|error| format!("\n  {}", unreadable(error, Language::Zh)));
            let reasons = reasons.collect::<String>();
            Some(format!("{files} 个文件中没有一条可用的记录{reasons}"))
        }
        LoadError::Other { what, version } => {
            let name = match *what {
                "model" => "模型",
                _ => "规则",
            };
            Some(format!(
                "该库用的是另一{name}（{version}）；请用 `yiren sweep --store DIR --{what} FILE` 更换"
            ))
        }
    }
}

/// Why records could not be resolved.
pub fn resolve_zh(error: &ResolveError) -> Option<String> {
    match error {
        ResolveError::Store(error) => store_zh(error),
        ResolveError::NormalForms { made, here } => Some(format!(
            "该库按第 {made} 版规范形式归并，本程序为第 {here} 版：请运行一次 `yiren sweep --store` 重新归并"
        )),
        ResolveError::Contradiction(contradiction) => Some(contradiction_zh(contradiction)),
        ResolveError::NoSuchRecord(source, id) => Some(format!("库中没有记录 {source}:{id}")),
        ResolveError::OtherModel => {
            Some("不能沿用另一模型的统计数字，请重新统计（--recount）".to_string())
        }
        ResolveError::Sweep(error) => sweep_zh(error),
        // Model and policy files are told of as their parsers word it.
        ResolveError::Model(_) | ResolveError::Policy(_) => None,
    }
}

/// Why a verdict cannot stand.
pub fn contradiction(contradiction: &Contradiction, language: Language) -> String {
    match language {
        Language::Zh => contradiction_zh(contradiction),
        Language::En => contradiction.to_string(),
    }
}

fn contradiction_zh(contradiction: &Contradiction) -> String {
    let name = |(source, id): &(String, String)| format!("{source}:{id}");
    let chain: Vec<String> = contradiction.chain.iter().map(name).collect();
    let chain = chain.join(" = ");
    match &contradiction.apart {
        None => format!("与先前的判定矛盾：{chain}；请先撤回其中之一"),
        Some([a, b]) => format!(
            "与先前的判定矛盾：若如此，{chain} 即为一人，而 {} 与 {} 已判定为两人；请先撤回其中之一",
            name(a),
            name(b)
        ),
    }
}

/// Why a case cannot be exported or checked.
pub fn case_zh(error: &CaseError) -> Option<String> {
    Some(match error {
        CaseError::NoSuchFinding(number) => format!("没有 {number:016x} 这项核查发现"),
        CaseError::NotEmpty(path) => format!(
            "{}：此处已有内容；请指定空的或尚不存在的文件夹",
            path.display()
        ),
        CaseError::File { path, error } => format!("{}：{error}", path.display()),
        CaseError::NoCase(path) => format!(
            "{}：这不是导出的案卷：其中没有 SHA256SUMS，或无法读取",
            path.display()
        ),
        CaseError::Time(error) => return time_zh(error),
        CaseError::Store(error) => return store_zh(error),
        CaseError::Resolve(error) => return resolve_zh(error),
        CaseError::Outside => "案卷中有记录不在可查看的范围内".to_string(),
        CaseError::Table(_) => return None,
    })
}

/// Why nothing is known of a moment.
pub fn time_zh(error: &TimeError) -> Option<String> {
    match error {
        TimeError::Store(error) => store_zh(error),
        TimeError::Resolve(error) => resolve_zh(error),
        TimeError::TooEarly => Some("库在那时尚未建立：第一次提交更晚".to_string()),
        TimeError::Nothing => Some("该库尚未归并任何记录；请先载入记录".to_string()),
    }
}

/// Why a store cannot be used.
pub fn store_zh(error: &StoreError) -> Option<String> {
    Some(match error {
        StoreError::NotAStore(path) => format!(
            "{}：此处没有库；请用 `yiren store init` 建库，或直接用 `yiren load` 入库",
            path.display()
        ),
        StoreError::InTheWay(path) => {
            format!(
                "{}：文件夹不为空，且不是所需的内容；请另选文件夹",
                path.display()
            )
        }
        StoreError::Newer { path, found, known } => format!(
            "{}：由更新版本的 yiren 建立（格式 {found}，本程序至多识别 {known}）；请使用该版本",
            path.display()
        ),
        StoreError::Older { path, found } => format!(
            "{}：由较早版本的 yiren 建立（格式 {found}）；任何写入它的命令都会将其升级",
            path.display()
        ),
        StoreError::Busy(path) => {
            format!(
                "{}：另一进程正在写入该库；请等它结束，或停止它",
                path.display()
            )
        }
        StoreError::Disk { path, detail } => format!(
            "{}：{detail}；请清理磁盘或修正权限后重新运行：已确认的内容均已保存",
            path.display()
        ),
        StoreError::Damaged(what) => format!(
            "库已损坏：{what}；请恢复最近的备份（`yiren store restore`），再重新载入其后的数据"
        ),
        StoreError::Unnoted { path, found } => format!(
            "{}：文件 acknowledged 缺失或损坏，无法确认该库（现为第 {found} 次提交）是否完整；请恢复最近的备份，或用 `yiren store check --accept-loss` 接受现有内容",
            path.display()
        ),
        StoreError::Lost {
            acknowledged,
            found,
        } => format!(
            "库丢失了已确认的内容：现为提交 {found}，而已确认至 {acknowledged}；请恢复最近的备份，\
             或用 `yiren store check --accept-loss` 接受损失"
        ),
        StoreError::ReadOnly(path) => format!("{}：以只读方式打开", path.display()),
        StoreError::Unresolved(path) => format!(
            "{}：先前的入库中断，其记录尚未归并；请重新运行 `yiren load`，或运行 `yiren sweep --store`",
            path.display()
        ),
        StoreError::BackingUp(path) => format!(
            "{}：该库正在另行备份，或变动太快，暂时无法备份；请稍后再试",
            path.display()
        ),
        StoreError::OtherStore(path) => {
            format!(
                "{}：此文件夹中是另一个库的备份；请另选文件夹",
                path.display()
            )
        }
        StoreError::NoBackup(path) => format!("{}：没有这个备份", path.display()),
        StoreError::Internal(what) => format!("不应出现的情况：{what}；请报告给我们"),
    })
}

/// What can go wrong with a search.
pub fn search_zh(error: &SearchError) -> Option<String> {
    Some(match error {
        SearchError::Store(error) => return store_zh(error),
        SearchError::Disk { path, detail } => format!(
            "{}：{detail}；此处无法读写检索索引，请清理磁盘或修正其权限",
            path.display()
        ),
        SearchError::Damaged(path) => format!(
            "{}：检索索引已损坏；请用 `yiren search --rebuild` 重建",
            path.display()
        ),
        SearchError::Busy(path) => format!(
            "{}：另一进程正在写检索索引；请待其结束后再试",
            path.display()
        ),
        SearchError::Filter { filter, what, .. } => match *what {
            "division" => format!("`{filter}` 不是区划代码；请写代码或其前几位：41、4105、410526"),
            "state" => format!(
                "`{filter}` 不是状态；可用 applied、active、suspended、exited、deceased、unknown"
            ),
            _ => format!(
                "`{filter}` 的值不是出生时间；请写年 1962、月 1962-05、日 1962-05-07 或年份范围 1960-1965"
            ),
        },
        SearchError::Empty => "没有检索条件：请写出线索或筛选条件".to_string(),
        SearchError::Internal => "不应出现的情况：检索无法执行自己的查询；请报告给我们".to_string(),
    })
}

/// What a check finds wrong, in Chinese by this table.
pub const FAULTS: [(&str, &str); 17] = [
    ("cannot be found by its id", "按其编号找不到"),
    ("the count of records is wrong", "记录数不符"),
    ("the entry is missing", "缺少该条目"),
    ("the entry cannot be read", "该条目无法读取"),
    ("the entry is another's", "该条目属于别处"),
    (
        "the entry before this one was changed or removed",
        "前一条目被改动或删除",
    ),
    (
        "records of this commit were changed or removed",
        "此次提交的记录被改动或删除",
    ),
    ("the last entry was changed", "最后一个条目被改动"),
    (
        "a record names a commit that is not in the audit",
        "记录所属的提交不在审计中",
    ),
    (
        "an opinion is about a record that never was here",
        "某条意见涉及从未入库的记录",
    ),
    (
        "an opinion is not the one that the audit has",
        "某条意见与审计不符",
    ),
    ("the record is in no entity", "该记录不属于任何人"),
    ("the record is not on file", "该记录不在库中"),
    (
        "a record of the entity says that it is in another",
        "此人的某条记录自称属于另一人",
    ),
    ("the entity does not have the record", "此人没有该记录"),
    ("the entity that it leads to is missing", "所指向的人不存在"),
    (
        "a link is kept from one side only, or with two weights",
        "某链接只存了一侧，或两侧权重不同",
    ),
];
