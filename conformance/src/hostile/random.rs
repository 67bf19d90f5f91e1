//! Numbers from a seed, the same on every machine and with every version of every crate: SplitMix64
//! (<https://doi.org/10.1145/2714064.2660195>). Each request has its own, so the order of sending does not matter.

pub struct Random(u64);

impl Random {
    /// Of the request with that number.
    pub fn new(seed: u64, number: u64) -> Random {
        Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ number.wrapping_mul(0xD1B5_4A32_D192_ED03))
    }

    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Less than `end`, which is not 0.
    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.draw() % end as u64).unwrap_or(0)
    }

    /// One in so many times.
    pub fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// One of them; there is at least one.
    pub fn pick<'a, T: ?Sized>(&mut self, all: &[&'a T]) -> &'a T {
        all[self.below(all.len())]
    }

    pub fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| (self.draw() & 0xFF) as u8).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_and_number_give_the_same() {
        assert_eq!(Random::new(1, 2).bytes(8), Random::new(1, 2).bytes(8));
        assert_ne!(Random::new(1, 2).bytes(8), Random::new(1, 3).bytes(8));
        assert_ne!(Random::new(1, 2).bytes(8), Random::new(2, 2).bytes(8));
    }
}
