//! Computed one-time codes, RFC 4226 and RFC 6238.
//!
//! Written here from the RFCs on purpose: the tool that is tested against the portals brings its
//! own, and the two must agree by rule and not by sharing code.

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha1::Sha1;

/// How long one code of RFC 6238 is the present one.
pub(crate) const STEP_SECONDS: i64 = 30;

/// RFC 4226: the code for one counter.
pub(crate) fn hotp(seed: &[u8], counter: u64, digits: u32) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(seed).expect("HMAC takes keys of any length");
    mac.update(&counter.to_be_bytes());
    let digest = mac.finalize().into_bytes();
    let offset = usize::from(digest[19] & 0x0f);
    let mut word = [0; 4];
    word.copy_from_slice(&digest[offset..offset + 4]);
    let number = (u32::from_be_bytes(word) & 0x7fff_ffff) % 10_u32.pow(digits);
    format!("{number:0width$}", width = digits as usize)
}

/// RFC 6238: the code for one moment, SHA-1, steps of thirty seconds.
pub(crate) fn totp(seed: &[u8], at: Timestamp, digits: u32) -> String {
    hotp(seed, step(at), digits)
}

/// The number of the step that a moment falls in.
pub(crate) fn step(at: Timestamp) -> u64 {
    u64::try_from(at.as_second().div_euclid(STEP_SECONDS)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{hotp, totp};
    use jiff::Timestamp;

    const SEED: &[u8] = b"12345678901234567890";

    #[test]
    fn rfc_4226_appendix_d() {
        let codes: Vec<String> = (0..10).map(|counter| hotp(SEED, counter, 6)).collect();
        let expected =
            ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"];
        assert_eq!(codes, expected);
    }

    #[test]
    fn rfc_6238_appendix_b() {
        for (second, code) in [
            (59, "94287082"),
            (1_111_111_109, "07081804"),
            (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"),
            (20_000_000_000, "65353130"),
        ] {
            assert_eq!(totp(SEED, Timestamp::from_second(second).unwrap(), 8), code);
        }
    }
}
