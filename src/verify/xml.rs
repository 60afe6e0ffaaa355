//! Finds texts in answers that are XML. Comes in: an answer, which is hostile. It must not know what is asked.

use super::egress::Answer;

/// The longest text.
const LONGEST: usize = 2048;

/// The text of the first element of this name, if the whole is a `root` and no other document, such as a page. The text has no
/// markup of its own; none where it is longer than such texts are.
pub(super) fn element<'a>(answer: &'a Answer, root: &str, name: &str) -> Option<&'a str> {
    let text = std::str::from_utf8(&answer.body).ok()?.trim_start_matches('\u{feff}').trim_start();
    let text =
        text.strip_prefix("<?xml").and_then(|text| text.split_once("?>")).map_or(text, |(_, body)| body.trim_start());
    let inside = text.strip_prefix('<')?.strip_prefix(root).filter(|rest| rest.starts_with(['>', ' ']))?;
    let (_, behind) = inside.split_once(&format!("<{name}>"))?;
    let (value, _) = behind.split_once("</")?;
    (!value.is_empty() && value.len() <= LONGEST && !value.contains('<')).then_some(value)
}
