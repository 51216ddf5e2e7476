use std::fs;
use std::time::Duration;

/// What a process has used.
#[derive(Debug, Clone, Copy, Default)]
pub struct Usage {
    pub processor: Duration,
    pub memory_mib: u64,
}

/// Reads Linux' `/proc`; nothing elsewhere.
pub fn usage(pid: Option<u32>) -> Option<Usage> {
    let pid = pid?;
    let ticks: u64 = fields(pid)?.get(11..13)?.iter().sum();
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(Usage { processor: Duration::from_millis(ticks * 10), memory_mib: kib / 1024 })
}

/// The processor time of a process and all of its children, those that have ended among them.
pub fn family(pid: Option<u32>) -> Option<Duration> {
    let pid = pid?;
    let own: u64 = fields(pid)?.get(11..15)?.iter().sum();
    let all = fs::read_dir("/proc").ok()?.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let children = all.filter_map(fields).filter(|fields| fields.get(1) == Some(&u64::from(pid)));
    let ticks: u64 = children.filter_map(|fields| Some(fields.get(11..13)?.iter().sum::<u64>())).sum();
    Some(Duration::from_millis((own + ticks) * 10))
}

/// What `/proc` says of a process behind its name, which is in brackets and can have spaces: its parent is the second field, its times are the
/// 12th and 13th, those of its ended children the two behind, all in hundredths of a second.
fn fields(pid: u32) -> Option<Vec<u64>> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    Some(stat.rsplit_once(')')?.1.split_whitespace().map(|field| field.parse().unwrap_or_default()).collect())
}
