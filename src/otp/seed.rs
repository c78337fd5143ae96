//! Codes from a seed (RFC 6238). The only file that knows `totp-rs`; it takes seeds as people paste them and
//! checks what that crate would panic on (faults.md §3.2).

use std::time::Duration;

use totp_rs::{Algorithm, Builder, Totp};
use url::Url;

use crate::secret::Secret;
use crate::vault::Redactor;

/// A code that lives no longer than this is not begun with: it must reach the portal, too.
const MARGIN_MS: u64 = 8_000;

/// Why a text is no seed. Never quotes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SeedError {
    /// Not Base32.
    #[error("is not Base32: letters A to Z and digits 2 to 7 are wanted, or an `otpauth://totp/…` address")]
    NotBase32,
    /// An address that is broken or holds no seed.
    #[error("is an `otpauth` address without a readable `secret`")]
    NoSecret,
    /// Counted codes.
    #[error("is an `otpauth://hotp` address; only `totp` is known")]
    Counted,
    /// So many digits cannot be shown.
    #[error("asks for codes of another length than 6 to 8 digits")]
    Digits,
    /// A step that is none.
    #[error("asks for a period outside 1 to 300 seconds")]
    Period,
    /// An unknown algorithm.
    #[error("asks for an algorithm other than SHA1, SHA256 and SHA512")]
    Algorithm,
}

/// Makes the codes of one seed.
#[derive(Debug)]
pub(super) struct Generator {
    totp: Totp,
    /// The length of a step, seconds.
    pub(super) period: u64,
    /// The length of the seed.
    pub(super) bits: usize,
}

impl Generator {
    /// Reads a seed: an `otpauth` address, or Base32 with any spaces, dashes, padding and case. Its other
    /// spellings are made known to the redactor.
    pub(super) fn of(seed: &Secret, redactor: &Redactor) -> Result<Self, SeedError> {
        let text = seed.expose().trim();
        let scheme = text.get(..8).unwrap_or_default();
        if !scheme.eq_ignore_ascii_case("otpauth:") {
            return Self::build(text, Algorithm::SHA1, 6, 30, redactor);
        }
        let url = Url::parse(text).map_err(|_| SeedError::NoSecret)?;
        match url.host_str().map(str::to_ascii_lowercase).as_deref() {
            Some("totp") => {}
            Some("hotp") => return Err(SeedError::Counted),
            _ => return Err(SeedError::NoSecret),
        }
        let query = |name: &str| {
            let pair = url.query_pairs().find(|(key, _)| key.eq_ignore_ascii_case(name));
            pair.map(|(_, value)| Secret::new(value.into_owned()))
        };
        let secret = query("secret").ok_or(SeedError::NoSecret)?;
        let algorithm = match query("algorithm") {
            None => Algorithm::SHA1,
            Some(name) => match name.expose().to_ascii_uppercase().replace(['-', '_'], "").as_str() {
                "SHA1" | "HMACSHA1" => Algorithm::SHA1,
                "SHA256" | "HMACSHA256" => Algorithm::SHA256,
                "SHA512" | "HMACSHA512" => Algorithm::SHA512,
                _ => return Err(SeedError::Algorithm),
            },
        };
        let digits = query("digits").map_or(Ok(6), |digits| digits.expose().parse()).map_err(|_| SeedError::Digits)?;
        let period = query("period").map_or(Ok(30), |period| period.expose().parse()).map_err(|_| SeedError::Period)?;
        Self::build(secret.expose(), algorithm, digits, period, redactor)
    }

    fn build(
        text: &str,
        algorithm: Algorithm,
        digits: u8,
        period: u64,
        redactor: &Redactor,
    ) -> Result<Self, SeedError> {
        if !(6..=8).contains(&digits) {
            return Err(SeedError::Digits);
        }
        if !(1..=300).contains(&period) {
            return Err(SeedError::Period);
        }
        let ignored = |c: &char| c.is_whitespace() || matches!(c, '-' | '=');
        let base32 = text.chars().filter(|c| !ignored(c)).map(|c| c.to_ascii_uppercase()).collect();
        let base32 = Secret::new(base32);
        let secret = totp_rs::Secret::try_from_base32(base32.expose()).map_err(|_| SeedError::NotBase32)?;
        let bits = secret.as_bytes().len() * 8;
        if bits == 0 {
            return Err(SeedError::NotBase32);
        }
        redactor.add(&base32);
        let builder = Builder::new().with_algorithm(algorithm).with_digits(digits).with_step_duration(period);
        // The compliant builder refuses the 80-bit seeds that many portals hand out.
        let totp = builder.with_secret(secret).build_noncompliant();
        Ok(Self { totp, period, bits })
    }

    /// The code of a step.
    pub(super) fn code(&self, step: u64) -> Secret {
        Secret::new(self.totp.generate(step.saturating_mul(self.period)).to_string())
    }
}

/// The next step whose code may be given out, and how long to wait for it: never one up to `last`, and none that
/// is about to end. `now` is in milliseconds since 1970.
pub(super) fn ready(now: u64, period: u64, last: Option<u64>) -> (u64, Duration) {
    let length = period * 1000;
    let current = now / length;
    let left = length - now % length;
    // A step shorter than twice the margin would never be long enough.
    let margin = MARGIN_MS.min(length / 2);
    let usable = if left < margin { current + 1 } else { current };
    let step = last.map_or(usable, |last| usable.max(last.saturating_add(1)));
    let begins = step.saturating_mul(length);
    (step, Duration::from_millis(begins.saturating_sub(now)))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::{prop_assert, prop_assert_eq, proptest};

    use super::{Generator, SeedError, ready};
    use crate::secret::Secret;
    use crate::vault::Redactor;

    fn generator(seed: &str) -> Result<Generator, SeedError> {
        Generator::of(&Secret::new(seed.to_owned()), &Redactor::default())
    }

    const SHA1: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
    const SHA256: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZA";
    const SHA512: &str =
        "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNA";

    /// RFC 6238, appendix B.
    #[test]
    fn the_vectors_of_the_rfc() {
        for (time, sha1, sha256, sha512) in [
            (59, "94287082", "46119246", "90693936"),
            (1_111_111_109, "07081804", "68084774", "25091201"),
            (1_111_111_111, "14050471", "67062674", "99943326"),
            (1_234_567_890, "89005924", "91819424", "93441116"),
            (2_000_000_000, "69279037", "90698825", "38618901"),
            (20_000_000_000, "65353130", "77737706", "47863826"),
        ] {
            for (name, seed, expected) in
                [("SHA1", SHA1, sha1), ("sha-256", SHA256, sha256), ("SHA512", SHA512, sha512)]
            {
                let url = format!("otpauth://totp/A:b?secret={seed}&issuer=A&digits=8&algorithm={name}");
                assert_eq!(generator(&url).expect("a seed").code(time / 30).expose(), expected, "{name} at {time}");
            }
        }
    }

    #[test]
    fn seeds_as_people_paste_them() {
        let code = |seed: &str| generator(seed).map(|generator| generator.code(1).expose().to_owned());
        for seed in [
            "gezdgnbvgy3tqojqgezdgnbvgy3tqojq",
            " GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ\n",
            "gezd-gnbv-gy3t-qojq-gezd-gnbv-gy3t-qojq====",
            "otpauth://totp/x?secret=gezd%20gnbvgy3tqojqgezdgnbvgy3tqojq",
            "OTPAUTH://TOTP/x?SECRET=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
        ] {
            assert_eq!(code(seed).as_deref(), Ok("287082"), "{seed}");
        }
        assert_eq!(generator("GEZDGNBVGY3TQOJQ").map(|generator| generator.bits), Ok(80));
    }

    #[test]
    fn what_is_no_seed() {
        for (seed, expected) in [
            ("", SeedError::NotBase32),
            ("not base 32!", SeedError::NotBase32),
            ("otpauth://totp/x", SeedError::NoSecret),
            ("otpauth://hotp/x?secret=GEZDGNBVGY3TQOJQ", SeedError::Counted),
            ("otpauth://totp/x?secret=GEZDGNBVGY3TQOJQ&digits=10", SeedError::Digits),
            ("otpauth://totp/x?secret=GEZDGNBVGY3TQOJQ&period=0", SeedError::Period),
            ("otpauth://totp/x?secret=GEZDGNBVGY3TQOJQ&period=x", SeedError::Period),
            ("otpauth://totp/x?secret=GEZDGNBVGY3TQOJQ&algorithm=MD5", SeedError::Algorithm),
        ] {
            assert_eq!(generator(seed).err(), Some(expected), "{seed}");
        }
    }

    #[test]
    fn a_step_about_to_end_is_left_alone() {
        assert_eq!(ready(60_000, 30, None), (2, Duration::ZERO));
        assert_eq!(ready(81_999, 30, None), (2, Duration::ZERO));
        assert_eq!(ready(82_001, 30, None), (3, Duration::from_millis(7_999)));
        assert_eq!(ready(60_000, 30, Some(2)), (3, Duration::from_secs(30)));
        assert_eq!(ready(60_000, 30, Some(1)), (2, Duration::ZERO));
    }

    proptest! {
        #[test]
        fn never_the_same_step_twice_and_never_a_late_one(now in 0_u64..4_000_000_000_000, period in 1_u64..=300, back in 0_u64..3) {
            let last = (now / (period * 1000)).checked_sub(back);
            let (step, wait) = ready(now, period, last);
            let then = now + u64::try_from(wait.as_millis()).unwrap_or(0);
            prop_assert!(last.is_none_or(|last| step > last));
            prop_assert_eq!(then / (period * 1000), step);
            prop_assert!(period * 1000 - then % (period * 1000) >= 8_000.min(period * 500));
            prop_assert_eq!(ready(then, period, last), (step, Duration::ZERO));
        }
    }
}
