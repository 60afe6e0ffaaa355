//! Parts of office documents: Word, Excel, PowerPoint (OOXML), and those of OpenDocument.
//!
//! Comes in: a part in XML. Goes out: its text as a person reads it, a paragraph or cell on each line. Editors split what
//! stands together over runs, wherever somebody paused in typing; without marks it stands together again.

use super::viewer::Viewer;

/// Namespaces of which a part names one in its first element.
const NAMESPACES: [&[u8]; 3] =
    [b"schemas.openxmlformats.org", b"purl.oclc.org/ooxml", b"urn:oasis:names:tc:opendocument"];
/// Elements that are lines of their own: paragraphs, headings, cells, rows, strings.
const LINES: [&[u8]; 10] = [b"p", b"h", b"si", b"is", b"c", b"v", b"tc", b"row", b"table-cell", b"br"];

/// Whether a text that begins so is a part of an office document.
pub(super) fn begins(head: &[u8]) -> bool {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    head.starts_with(b"<?xml") && NAMESPACES.iter().any(|name| head.windows(name.len()).any(|window| window == *name))
}

/// Searches the text of a part.
pub(super) fn read(viewer: &mut Viewer<'_, '_>, bytes: &[u8]) {
    // Where a limit is reached the budget tells.
    let _ = viewer.text("text", &text(bytes));
}

fn text(xml: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    let mut rest = xml;
    while let Some(open) = rest.iter().position(|byte| *byte == b'<') {
        append(&rest[..open], &mut text);
        let Some(length) = rest[open..].iter().position(|byte| *byte == b'>') else { break };
        let tag = &rest[open + 1..open + length];
        rest = &rest[open + length + 1..];
        let is_end = tag.first() == Some(&b'/') || tag.last() == Some(&b'/');
        if is_end && LINES.contains(&local_name(tag)) {
            text.push(b'\n');
        } else if matches!(local_name(tag), b"tab" | b"s") && tag.last() == Some(&b'/') {
            text.push(b' ');
        }
    }
    text
}

/// The name in a tag without its prefix.
fn local_name(tag: &[u8]) -> &[u8] {
    let tag = tag.strip_prefix(b"/").unwrap_or(tag);
    let name = tag.split(|byte| byte.is_ascii_whitespace() || *byte == b'/').next().unwrap_or_default();
    name.rsplit(|byte| *byte == b':').next().unwrap_or_default()
}

/// Appends what stands between two tags, unless it is the layout of the XML itself.
fn append(between: &[u8], text: &mut Vec<u8>) {
    if between.trim_ascii().is_empty() && between.contains(&b'\n') {
        return;
    }
    let mut rest = between;
    while let Some(at) = rest.iter().position(|byte| *byte == b'&') {
        text.extend_from_slice(&rest[..at]);
        rest = &rest[at..];
        let end = rest.iter().take(12).position(|byte| *byte == b';');
        match end.and_then(|end| Some((end, character(&rest[1..end])?))) {
            Some((end, character)) => {
                text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                rest = &rest[end + 1..];
            }
            None => {
                text.push(b'&');
                rest = &rest[1..];
            }
        }
    }
    text.extend_from_slice(rest);
}

/// The character that an entity means.
fn character(entity: &[u8]) -> Option<char> {
    match entity {
        b"amp" => Some('&'),
        b"lt" => Some('<'),
        b"gt" => Some('>'),
        b"quot" => Some('"'),
        b"apos" => Some('\''),
        [b'#', b'x' | b'X', digits @ ..] => number(digits, 16),
        [b'#', digits @ ..] => number(digits, 10),
        _ => None,
    }
}

fn number(digits: &[u8], radix: u32) -> Option<char> {
    char::from_u32(u32::from_str_radix(std::str::from_utf8(digits).ok()?, radix).ok()?)
}
