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
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name, in brackets, can have spaces; the times are the 12th and 13th field behind it, in hundredths.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks: u64 = fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?;
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(Usage { processor: Duration::from_millis(ticks * 10), memory_mib: kib / 1024 })
}
