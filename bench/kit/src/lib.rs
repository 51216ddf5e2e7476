//! Shared workload generators (fixed seed) and a small measuring harness.
//! Every peer, and Tenure itself, takes its data from here.
#![allow(clippy::all)]
pub mod alloc;
pub mod data;
pub mod measure;
pub mod patch;
pub mod policy;
pub mod user;
pub use measure::*;

/// SplitMix64: tiny, seedable, the same on every machine.
#[derive(Clone)]
pub struct Rng(pub u64);
pub const SEED: u64 = 0x7E9_0BE_2026;
impl Rng {
    pub fn new(stream: u64) -> Self {
        Rng(SEED ^ stream.wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }
    #[inline]
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
    #[inline]
    pub fn below(&mut self, n: u64) -> u64 {
        ((self.next() as u128 * n as u128) >> 64) as u64
    }
    pub fn pct(&mut self, p: u64) -> bool {
        self.below(100) < p
    }
    pub fn pick<'a, T>(&mut self, xs: &'a [T]) -> &'a T {
        &xs[self.below(xs.len() as u64) as usize]
    }
}
