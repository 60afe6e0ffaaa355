//! What a page says: the strings that its operators show, joined as they stand on the page.

use memchr::memmem::find;

use super::cmap::CMap;

/// A gap in thousandths of the font's size that a reader takes for a space.
const SPACE: f64 = -180.0;

/// Whether a stream draws text.
pub(super) fn draws_text(content: &[u8]) -> bool {
    let has = |operator: &[u8]| find(content, operator).is_some();
    has(b"BT") && (has(b"Tj") || has(b"TJ"))
}

/// Appends what a page says. `font` knows the fonts by the names that the page has for them.
pub(super) fn text<'c>(page: &[u8], font: &dyn Fn(&[u8]) -> Option<&'c CMap>, text: &mut Vec<u8>) {
    let mut shown = Shown { text, font: None, name: Vec::new(), numbers: Vec::new(), strings: Vec::new(), line: 0.0 };
    let mut at = 0;
    while let Some(&byte) = page.get(at) {
        match byte {
            b'(' => {
                let (string, end) = literal(page, at + 1);
                shown.strings.push(Piece::String(string));
                at = end;
            }
            b'<' if page.get(at + 1) != Some(&b'<') => {
                let end = page[at..].iter().position(|byte| *byte == b'>').map_or(page.len(), |end| at + end);
                shown.strings.push(Piece::String(hex(&page[at + 1..end])));
                at = end + 1;
            }
            b'/' | b'0'..=b'9' | b'+' | b'-' | b'.' | b'A'..=b'Z' | b'a'..=b'z' | b'\'' | b'"' | b'*' => {
                let length = page[at + 1..].iter().position(|byte| !is_regular(*byte)).unwrap_or(page.len() - at - 1);
                let word = &page[at..=at + length];
                at += length + 1;
                shown.word(word, font);
            }
            b'%' => at += page[at..].iter().position(|byte| *byte == b'\n').unwrap_or(page.len() - at),
            _ => at += 1,
        }
    }
    text.push(b'\n');
}

fn is_regular(byte: u8) -> bool {
    !byte.is_ascii_whitespace() && byte != 0 && !b"()<>[]{}/%".contains(&byte)
}

/// What stands in a list that is shown.
enum Piece {
    String(Vec<u8>),
    Gap(f64),
}

struct Shown<'t, 'c> {
    text: &'t mut Vec<u8>,
    font: Option<&'c CMap>,
    /// The last name.
    name: Vec<u8>,
    /// Numbers since the last operator.
    numbers: Vec<f64>,
    strings: Vec<Piece>,
    /// How high on the page the last line was set.
    line: f64,
}

impl<'c> Shown<'_, 'c> {
    fn word(&mut self, word: &[u8], font: &dyn Fn(&[u8]) -> Option<&'c CMap>) {
        if word[0] == b'/' {
            self.name = word[1..].to_vec();
            return;
        }
        if let Some(number) = std::str::from_utf8(word).ok().and_then(|word| word.parse::<f64>().ok()) {
            self.numbers.push(number);
            if !self.strings.is_empty() {
                self.strings.push(Piece::Gap(number));
            }
            return;
        }
        let last = self.numbers.last().copied().unwrap_or(0.0);
        match word {
            b"Tf" => self.font = font(&self.name),
            b"Tj" | b"TJ" => self.show(),
            b"'" | b"\"" => {
                self.text.push(b'\n');
                self.show();
            }
            b"Td" | b"TD" => self.text.push(if last == 0.0 { b' ' } else { b'\n' }),
            b"Tm" => {
                self.text.push(if last == self.line { b' ' } else { b'\n' });
                self.line = last;
            }
            b"T*" => self.text.push(b'\n'),
            _ => {}
        }
        self.numbers.clear();
        self.strings.clear();
    }

    fn show(&mut self) {
        for piece in std::mem::take(&mut self.strings) {
            match (piece, self.font) {
                (Piece::String(string), Some(font)) => font.say(&string, self.text),
                (Piece::String(string), None) => self.text.extend_from_slice(&string),
                (Piece::Gap(gap), _) if gap < SPACE => self.text.push(b' '),
                (Piece::Gap(_), _) => {}
            }
        }
    }
}

/// A string in parentheses, and where it ends.
fn literal(page: &[u8], mut at: usize) -> (Vec<u8>, usize) {
    let mut string = Vec::new();
    let mut depth = 0;
    while let Some(&byte) = page.get(at) {
        at += 1;
        match byte {
            b')' if depth == 0 => break,
            b'\\' => at = escape(page, at, &mut string),
            _ => {
                depth += i32::from(byte == b'(') - i32::from(byte == b')');
                string.push(byte);
            }
        }
    }
    (string, at)
}

/// What a backslash before `at` means; says what follows it.
fn escape(page: &[u8], at: usize, string: &mut Vec<u8>) -> usize {
    let Some(&byte) = page.get(at) else { return at };
    match byte {
        b'n' => string.push(b'\n'),
        b'r' => string.push(b'\r'),
        b't' => string.push(b'\t'),
        b'b' | b'f' => string.push(b' '),
        b'\n' => {}
        b'0'..=b'7' => {
            let digits = page[at..].iter().take(3).take_while(|byte| (b'0'..=b'7').contains(byte));
            let (count, number) =
                digits.fold((0, 0_u32), |(count, number), digit| (count + 1, number << 3 | u32::from(digit - b'0')));
            string.push((number & 0xff) as u8);
            return at + count;
        }
        other => string.push(other),
    }
    at + 1
}

/// Bytes as hex digits; what is none is left out, and a missing last digit is 0.
pub(super) fn hex(digits: &[u8]) -> Vec<u8> {
    let values: Vec<u8> =
        digits.iter().filter_map(|digit| char::from(*digit).to_digit(16)).map(|value| value as u8).collect();
    values.chunks(2).map(|pair| pair[0] << 4 | pair.get(1).copied().unwrap_or(0)).collect()
}
