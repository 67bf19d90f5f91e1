//! What a stored hash costs to compare, and what is made up for where it costs less.

/// Rocket.Chat's bcrypt cost.
pub const COST: u32 = 10;
/// Each further one doubles the time: at 14 a run takes about a second, at 31 days.
const HIGHEST: u32 = 14;
/// Below, bcrypt itself takes none.
const LOWEST: u32 = 4;
const HASH_LENGTH: usize = 60;

/// The cost that the hash names; `None` for a text that is no bcrypt hash.
#[must_use]
pub fn of(hash: &str) -> Option<u32> {
    let mut parts = hash.split('$');
    let (before, version, cost) = (parts.next()?, parts.next()?, parts.next()?);
    let is_hash =
        before.is_empty() && matches!(version, "2a" | "2b" | "2x" | "2y") && hash.len() == HASH_LENGTH;
    let is_number = cost.len() == 2 && cost.bytes().all(|byte| byte.is_ascii_digit());
    if is_hash && is_number { cost.parse().ok() } else { None }
}

/// Whether a hash of this cost is compared at all.
#[must_use]
pub fn is_affordable(cost: u32) -> bool {
    (LOWEST..=HIGHEST).contains(&cost)
}

/// Takes as long as is missing to one run at cost 10, after a comparison at this cost. `None`: after none.
///
/// 2⁴ + 2⁴ + 2⁵ + … + 2⁹ = 2¹⁰
pub fn make_up(for_cost: Option<u32>) {
    let costs = match for_cost {
        Some(cost) => cost..COST,
        None => COST..COST + 1,
    };
    for cost in costs {
        std::hint::black_box(bcrypt::bcrypt(cost, [0x5a; 16], b"nobody"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cost_is_read_from_a_hash_and_from_nothing_else() {
        let rest = "n1.FV8S2mxz7GzXA392V5OaDa5X0WR1DQ4eGGFKI/wpdhS9sVIC6S";
        for (hash, cost) in [
            (format!("$2b$10${rest}"), Some(10)),
            (format!("$2a$04${rest}"), Some(4)),
            (format!("$2y$31${rest}"), Some(31)),
            (format!("$2b$1${rest}"), None),
            (format!("$2b$+9${rest}"), None),
            (format!("x$2b$10${rest}"), None),
            (format!("$2b$10${rest}x"), None),
            ("$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA".to_owned(), None),
            ("$2b$10$".to_owned(), None),
            (String::new(), None),
        ] {
            assert_eq!(of(&hash), cost, "{hash}");
        }
        assert!(!is_affordable(15) && !is_affordable(3) && is_affordable(4) && is_affordable(14));
    }
}
