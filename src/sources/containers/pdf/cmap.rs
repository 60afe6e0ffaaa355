//! Tables of a font's characters (`ToUnicode`), which say what the numbers of glyphs mean.

use std::collections::BTreeMap;

/// Characters of one table at most.
const MOST: usize = 1 << 17;

/// What the codes of a font mean.
#[derive(Debug, Default)]
pub(super) struct CMap {
    /// Bytes of a code.
    width: usize,
    characters: BTreeMap<u32, Vec<u8>>,
}

impl CMap {
    /// Reads a table, as far as it makes sense.
    pub(super) fn parse(text: &[u8]) -> Self {
        let mut map = Self { width: 1, ..Self::default() };
        let mut codes: Vec<Vec<u8>> = Vec::new();
        // In a range, where a list begins: the codes in it are one for each character.
        let mut list = None;
        let mut section = Section::Other;
        let mut at = 0;
        while at < text.len() {
            match text[at] {
                b'<' => {
                    let end = text[at..].iter().position(|byte| *byte == b'>').map_or(text.len(), |end| at + end);
                    codes.push(super::show::hex(&text[at + 1..end]));
                    at = end;
                    if list.is_none() {
                        map.note(section, &mut codes);
                    }
                }
                b'[' => list = Some(codes.len()),
                b']' => {
                    map.note_list(&codes, list.take());
                    codes.clear();
                }
                b'b' | b'e' => {
                    let word = text[at..].split(u8::is_ascii_whitespace).next().unwrap_or_default();
                    section = Section::begun_by(word).unwrap_or(section);
                    codes.clear();
                    at += word.len().saturating_sub(1);
                }
                _ => {}
            }
            at += 1;
        }
        map
    }

    fn note(&mut self, section: Section, codes: &mut Vec<Vec<u8>>) {
        match (section, codes.as_slice()) {
            (Section::Space, [first, _]) => self.width = first.len().clamp(1, 4),
            (Section::Character, [code, meaning]) => self.insert(number(code), utf8(meaning, 0)),
            (Section::Range, [first, last, meaning]) => {
                let (first, last) = (number(first), number(last));
                let count = last.saturating_sub(first).min(0xffff);
                (0..=count).for_each(|step| self.insert(first.saturating_add(step), utf8(meaning, step)));
            }
            _ => return,
        }
        codes.clear();
    }

    fn note_list(&mut self, codes: &[Vec<u8>], start: Option<usize>) {
        let (Some(start), Some(first)) = (start, codes.first()) else { return };
        let first = number(first);
        for (step, meaning) in (0..).zip(&codes[start..]) {
            self.insert(first.saturating_add(step), utf8(meaning, 0));
        }
    }

    fn insert(&mut self, code: u32, meaning: Vec<u8>) {
        if self.characters.len() < MOST {
            self.characters.insert(code, meaning);
        }
    }

    /// Appends what a string in this font says.
    pub(super) fn say(&self, string: &[u8], text: &mut Vec<u8>) {
        for code in string.chunks(self.width) {
            match self.characters.get(&number(code)) {
                Some(meaning) => text.extend_from_slice(meaning),
                None if self.width == 1 => text.extend_from_slice(code),
                None => text.push(b'?'),
            }
        }
    }
}

/// What the codes of a table stand in.
#[derive(Clone, Copy)]
enum Section {
    Space,
    Character,
    Range,
    Other,
}

impl Section {
    fn begun_by(word: &[u8]) -> Option<Self> {
        match word {
            b"begincodespacerange" => Some(Self::Space),
            b"beginbfchar" => Some(Self::Character),
            b"beginbfrange" => Some(Self::Range),
            b"endcodespacerange" | b"endbfchar" | b"endbfrange" => Some(Self::Other),
            _ => None,
        }
    }
}

fn number(code: &[u8]) -> u32 {
    code.iter().fold(0, |number, byte| number << 8 | u32::from(*byte))
}

/// UTF-16 as UTF-8, the last unit `step` further on.
fn utf8(meaning: &[u8], step: u32) -> Vec<u8> {
    let mut units: Vec<u16> = meaning.chunks(2).map(|unit| number(unit) as u16).collect();
    if let Some(last) = units.last_mut() {
        *last = last.wrapping_add(step as u16);
    }
    String::from_utf16_lossy(&units).into_bytes()
}
