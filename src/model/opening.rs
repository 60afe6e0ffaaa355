//! What a match may begin behind although its pattern wants no such byte before it.

/// The escapes of string literals (`\n`, `\u003d`), URLs (`%3D`, and encoded twice), and e-mail (`=3D`), what colours a log
/// (`[0;32m`, behind an escape character in any notation or none), what leads to a default in a shell (`${TOKEN:-`), and what begins
/// a line of a patch (`+`). What they end with is none of what follows. A regex of bytes.
pub const OPENING: &str =
    r"(?-u)\\[0abfnrtv]|(?:%(?:25){0,2}|\\u[0-9A-Fa-f]{2}|\\x)[0-9A-Fa-f]{2}|=3D|\[[0-9;]{0,16}[mK]|:-|\n[+-]";

/// Bytes of the longest.
pub const LONGEST_OPENING: usize = 18;
