//! Chance: session numbers, codes, tokens.

/// Sixteen random bytes in hexadecimal: enough that nobody guesses it.
pub(crate) fn token() -> String {
    hex(&bytes::<16>())
}

/// Bytes in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let both = |byte: &u8| [byte >> 4, byte & 15].map(|half| char::from(DIGITS[usize::from(half)]));
    bytes.iter().flat_map(both).collect()
}

/// A number of `digits` digits, zeros in front included.
pub(crate) fn digits(digits: u32) -> String {
    let number = u64::from_be_bytes(bytes::<8>()) % 10_u64.pow(digits);
    format!("{number:0width$}", width = digits as usize)
}

/// The number of an incident, in the shape of a UUID.
pub(crate) fn uuid() -> String {
    let hex = token();
    format!("{}-{}-4{}-8{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..])
}

fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the system gives random bytes");
    bytes
}
