//! One line of JSON per measurement on stdout; `run_all.sh` joins them.
//!
//! Environment: ONLY=<substring of "peer/workload", or "=" and the whole of it; several by "|"> runs a selection;
//! ICOUNT=1 runs each selected operation in `bench_region` a fixed number of
//! times (for `valgrind --tool=callgrind --toggle-collect=bench_region`).
use std::hint::black_box;
use std::time::Duration;

/// CPU time of this thread: other work on a shared machine does not count
/// (cache and hyper-thread interference still does).
#[derive(Clone, Copy)]
struct Instant(u64);
#[repr(C)]
struct Ts(i64, i64);
extern "C" {
    fn clock_gettime(id: i32, t: *mut Ts) -> i32;
}
impl Instant {
    fn now() -> Self {
        let mut t = Ts(0, 0);
        // CLOCK_THREAD_CPUTIME_ID = 3 on Linux
        unsafe { clock_gettime(3, &mut t) };
        Instant(t.0 as u64 * 1_000_000_000 + t.1 as u64)
    }
    fn elapsed(self) -> Duration {
        Duration::from_nanos(Instant::now().0 - self.0)
    }
}

pub struct Bench {
    only: Option<String>,
    pub icount: bool,
    min_sample: Duration,
    samples: usize,
}

#[no_mangle]
#[inline(never)]
pub fn bench_region(f: &mut dyn FnMut(), n: u64) {
    for _ in 0..n {
        f();
    }
}

impl Default for Bench {
    fn default() -> Self {
        Self::new()
    }
}

impl Bench {
    pub fn new() -> Self {
        let quick = std::env::var("QUICK").is_ok();
        Bench {
            only: std::env::var("ONLY").ok(),
            icount: std::env::var("ICOUNT").is_ok(),
            min_sample: Duration::from_millis(if quick { 5 } else { 40 }),
            samples: if quick { 5 } else { 15 },
        }
    }
    pub fn wants(&self, peer: &str, work: &str) -> bool {
        let name = format!("{peer}/{work}");
        self.only.as_ref().map_or(true, |o| {
            o.split('|').any(|o| match o.strip_prefix('=') {
                Some(x) => x == name,
                None => name.contains(o),
            })
        })
    }
    /// Times `f`; `units` is how many logical operations one call performs.
    /// `check` is a value that must agree between peers (or explain why not).
    pub fn op<R>(&self, peer: &str, work: &str, units: u64, check: &str, mut f: impl FnMut() -> R) {
        if !self.wants(peer, work) {
            return;
        }
        black_box(f()); // warm-up, page in
        if self.icount {
            let n = 3u64;
            bench_region(
                &mut || {
                    black_box(f());
                },
                n,
            );
            println!("{{\"peer\":{peer:?},\"workload\":{work:?},\"icount_ops\":{}}}", n * units);
            return;
        }
        let (_, calls, bytes, _) = crate::alloc::count(|| black_box(f()));
        let t = Instant::now();
        black_box(f());
        let one = t.elapsed().max(Duration::from_nanos(20));
        let iters = ((self.min_sample.as_nanos() / one.as_nanos()).max(1) as u64).min(1 << 22);
        let samples = if one > Duration::from_secs(2) {
            3
        } else if one > Duration::from_millis(400) {
            5
        } else {
            self.samples
        };
        let mut v: Vec<f64> = (0..samples)
            .map(|_| {
                let t = Instant::now();
                for _ in 0..iters {
                    black_box(f());
                }
                t.elapsed().as_nanos() as f64 / (iters * units) as f64
            })
            .collect();
        v.sort_by(|a, b| a.total_cmp(b));
        self.emit(
            peer,
            work,
            v[v.len() / 2],
            v[0],
            v[v.len() - 1],
            calls as f64 / units as f64,
            bytes as f64 / units as f64,
            check,
        );
    }
    /// Times `f` over states made by `setup` outside the clock (`k` per sample).
    pub fn op_on<S>(
        &self,
        peer: &str,
        work: &str,
        k: usize,
        units: u64,
        check: &str,
        mut setup: impl FnMut() -> S,
        mut f: impl FnMut(&mut S),
    ) {
        if !self.wants(peer, work) {
            return;
        }
        let mut warm = setup();
        f(&mut warm);
        if self.icount {
            let n = 3usize;
            let mut st: Vec<S> = (0..n).map(|_| setup()).collect();
            let mut i = 0;
            bench_region(
                &mut || {
                    f(&mut st[i]);
                    i += 1;
                },
                n as u64,
            );
            println!("{{\"peer\":{peer:?},\"workload\":{work:?},\"icount_ops\":{}}}", n as u64 * units);
            return;
        }
        let mut one = setup();
        let (_, calls, bytes, _) = crate::alloc::count(|| f(&mut one));
        let mut v: Vec<f64> = (0..self.samples)
            .map(|_| {
                let mut st: Vec<S> = (0..k).map(|_| setup()).collect();
                let t = Instant::now();
                for s in st.iter_mut() {
                    f(s);
                }
                let e = t.elapsed().as_nanos() as f64 / (k as u64 * units) as f64;
                black_box(&st);
                e
            })
            .collect();
        v.sort_by(|a, b| a.total_cmp(b));
        self.emit(
            peer,
            work,
            v[v.len() / 2],
            v[0],
            v[v.len() - 1],
            calls as f64 / units as f64,
            bytes as f64 / units as f64,
            check,
        );
    }
    pub fn emit(
        &self,
        peer: &str,
        work: &str,
        med: f64,
        min: f64,
        max: f64,
        allocs: f64,
        bytes: f64,
        check: &str,
    ) {
        println!(
            "{{\"peer\":{peer:?},\"workload\":{work:?},\"ns_per_op\":{med:.1},\"min\":{min:.1},\"max\":{max:.1},\"allocs_per_op\":{allocs:.2},\"bytes_per_op\":{bytes:.0},\"check\":{check:?}}}"
        );
    }
    /// A single figure that is not a timing (memory, a support count).
    pub fn note(&self, peer: &str, work: &str, key: &str, val: impl std::fmt::Display) {
        if self.wants(peer, work) {
            println!("{{\"peer\":{peer:?},\"workload\":{work:?},{key:?}:{:?}}}", val.to_string());
        }
    }
}
