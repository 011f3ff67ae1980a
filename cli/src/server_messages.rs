//! Why a service gives no answer, in Chinese.

use yiren::service::problem::Code;

use crate::commands::server::ServerError;

/// Why a service gives no answer.
pub fn server_zh(error: &ServerError) -> String {
    match error {
        ServerError::NoKey => {
            "没有密钥：请把 `yiren keys add` 给出的密钥放入环境变量 YIREN_KEY".to_string()
        }
        ServerError::Silent { address, reason } => format!("{address}：没有应答：{reason}"),
        ServerError::Strange { address, reason } => {
            format!("{address}：不是 yiren 服务，或版本不同：{reason}")
        }
        ServerError::Refused {
            address,
            code,
            title,
            detail,
        } => {
            let known = Code::ALL.iter().find(|known| known.name() == code);
            let title = known.map_or(title.as_str(), |known| title_zh(*known));
            format!("{address}：{title}（{code}）：{detail}")
        }
    }
}

fn title_zh(code: Code) -> &'static str {
    match code {
        Code::Body => "请求内容无法读取",
        Code::Parameter => "参数无法读取",
        Code::Header => "请求头无法读取",
        Code::Field => "某项内容不可用",
        Code::Purpose => "须写明查询目的",
        Code::Unauthorised => "须有有效的密钥",
        Code::Forbidden => "此密钥的角色无此权限",
        Code::OutOfScope => "超出此密钥的辖区",
        Code::NotFound => "没有找到",
        Code::TooEarly => "当时尚无记录",
        Code::Method => "此路径不支持该方法",
        Code::MediaType => "请求内容须为 JSON",
        Code::Refused => "正当程序不允许这一步",
        Code::Contradiction => "与先前的判定矛盾",
        Code::KeyReused => "该幂等键已用于另一请求",
        Code::Sweeping => "正在核查",
        Code::Precondition => "记录已有变动",
        Code::TooLarge => "请求内容过长",
        Code::RateLimited => "请求过于频繁",
        Code::Busy => "服务繁忙，请稍后再试",
        Code::Timeout => "请求超时",
        Code::Unresolved => "库尚未归并",
        Code::Gone => "此前的变动已无从得知",
        Code::Internal => "服务内部出错",
    }
}
