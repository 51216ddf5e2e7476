//! Writes the data files that the Node and Python benches read: gen <dir> [users]
use std::io::Write;
fn main() -> std::io::Result<()> {
    let mut a = std::env::args().skip(1);
    let dir = a.next().unwrap_or_else(|| "data".into());
    let n: u64 = a.next().and_then(|s| s.parse().ok()).unwrap_or(100_000);
    std::fs::create_dir_all(&dir)?;
    std::fs::write(format!("{dir}/user.json"), serde_json::to_string(&benchkit::user::user(0))?)?;
    std::fs::write(format!("{dir}/group10k.json"), serde_json::to_string(&benchkit::user::group(10_000))?)?;
    std::fs::write(
        format!("{dir}/filters.json"),
        serde_json::to_string_pretty(&benchkit::data::FILTERS.to_vec())?,
    )?;
    std::fs::write(
        format!("{dir}/eval.json"),
        serde_json::to_string_pretty(&benchkit::data::EVAL.to_vec())?,
    )?;
    let cases: Vec<_> = benchkit::patch::cases()
        .into_iter()
        .map(|c| serde_json::json!({"name": c.name, "op": c.op, "expect": c.expect}))
        .collect();
    std::fs::write(format!("{dir}/patch.json"), serde_json::to_string_pretty(&cases)?)?;
    let mut w = std::io::BufWriter::new(std::fs::File::create(format!("{dir}/users.ndjson"))?);
    for i in 0..n {
        serde_json::to_writer(&mut w, &benchkit::user::user(i))?;
        w.write_all(b"\n")?;
    }
    w.flush()
}
