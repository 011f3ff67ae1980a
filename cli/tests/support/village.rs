//! A village, and a store of it.

use super::Desk;

const HEADER: &str = "record_id,national_id,documents,name,sex,birth_date,hukou_address,household_id,relation_to_head,mother_name,phone,bank_account,status,start_date,end_date,monthly_amount,office_division,updated_at";

pub const LOAD: [&str; 7] = [
    "load",
    "--store",
    "s",
    "--as-of",
    "2026-06-30",
    "--by",
    "loader",
];

/// A village: 张伟 in Dibao, Tekun and medical assistance under two spellings; the brothers 王建国,
/// who died, and 王建军, of one phone; 李娜, who shares an account with 王建军 and a paper with 赵敏;
/// and an official's phone on a dozen cases.
pub fn village() -> Desk {
    let desk = Desk::new();
    let rows = |rows: &[&str]| format!("{HEADER}\n{}\n", rows.join("\n"));
    let mut dibao = vec![
        "D1,11010519491231002X,,张伟,1,1949-12-31,浙江省杭州市西湖区文新街道骆家庄1幢2单元301室,330106000000001,户主,,13800138000,6222021234567890128,active,2024-03-01,,500,330106,2025-05-01".to_string(),
        "D2,34240119620507331X,,王建国,1,1962-05-07,安徽省六安市金安区木厂镇李村3组15号,342401000000002,户主,陈秀英,13900139000,,exited,2023-01-01,2024-07-01,450.50,341502,2024-07-02".to_string(),
        "D3,34240119620507331X,,王建国,男,19620507,金安区木厂镇李村3组15号,342401000000002,户主,,13900139000,,active,2024-01-15,,450.50,341502,2025-02-01".to_string(),
        "D4,,,王建军,男,1964-02-11,安徽省六安市金安区木厂镇李村3组15号,342401000000002,其他,陈秀英,13900139000,6217001112223334445,active,2024-01-15,,450.50,341502,2025-02-01".to_string(),
        "D5,,disability_card:34240119900101002042,李娜,女,1990-01-01,安徽省六安市金安区木厂镇李村5组2号,342401000000005,户主,,13705640001,6217001112223334445,active,2025-02-01,,300,341502,2025-02-01".to_string(),
    ];
    for (number, name) in [
        "孙丽", "周强", "吴刚", "郑洁", "冯军", "褚平", "卫东", "蒋欣", "沈静", "韩磊", "杨帆",
    ]
    .iter()
    .enumerate()
    {
        let number = number + 10;
        dibao.push(format!(
            "D{number},,,{name},,19{number}-03-{number},安徽省六安市金安区木厂镇李村1组{number}号,3424010000000{number},户主,,13705640001,,active,2025-01-01,,200,341502,2025-01-01"
        ));
    }
    let dibao: Vec<&str> = dibao.iter().map(String::as_str).collect();
    desk.write("in/dibao.csv", rows(&dibao));
    desk.write(
        "in/tekun.csv",
        rows(&[
            "T1,11010519491231002x,,张 伟,男,1949.12.31,西湖区文新街道骆家庄1幢2单元301,330106000000001,01,,,6222021234567890128,active,2025-01-01,,900,330106,2026-01-01",
        ]),
    );
    desk.write(
        "in/medical.csv",
        rows(&[
            "M1,11010519491231002X,,张玮,男,1949-12-31,浙江省杭州市西湖区文新街道骆家庄1幢2单元301室,,,,13800138001,,active,2025-11-01,,120,330102,2025-12-01",
            "M2,,disability_card:34240119900101002042,赵敏,女,1988-08-08,安徽省六安市金安区椿树镇王庄村7号,,,,,,applied,2026-05-01,,100,341502,2026-05-01",
        ]),
    );
    desk.write(
        "in/deaths.csv",
        "record_id,national_id,name,sex,birth_date,start_date\n\
         X1,34240119620507331X,王建国,1,1962-05-07,2025-02-03\n",
    );
    desk.yiren(&[&LOAD[..], &["in"]].concat()).left(0);
    desk
}
