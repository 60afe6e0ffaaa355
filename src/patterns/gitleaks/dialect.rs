//! Writes a regex of Go's dialect in Rust's.
//!
//! Comes in: a regex as gitleaks reads it. Goes out: one that means the same to the `regex` crate, with one named group, or why
//! there is none. Both dialects are RE2's children; where they differ is told beside each step.

/// Writes `regex` so that its capture group number `secret` (from 1) is called `secret` and the others capture nothing; with
/// 0 the whole match is the group.
pub fn translate(regex: &str, secret: usize) -> Result<String, String> {
    let mut writer = Writer { rest: regex, text: String::with_capacity(regex.len() + 16), groups: 0, secret };
    while !writer.rest.is_empty() {
        writer.step()?;
    }
    Ok(if secret == 0 { format!("(?<secret>{})", writer.text) } else { writer.text })
}

/// How many capture groups a regex has.
pub fn groups(regex: &str) -> Result<usize, String> {
    let mut writer = Writer { rest: regex, text: String::new(), groups: 0, secret: 0 };
    while !writer.rest.is_empty() {
        writer.step()?;
    }
    Ok(writer.groups)
}

struct Writer<'a> {
    rest: &'a str,
    text: String,
    groups: usize,
    secret: usize,
}

impl Writer<'_> {
    fn step(&mut self) -> Result<(), String> {
        match self.take() {
            '\\' => self.escape(),
            '[' => self.class(),
            '(' => self.group(),
            // Go takes a brace that begins no repetition for itself.
            '{' => {
                match repetition(self.rest) {
                    Some(length) => self.copy("{", length),
                    None => self.text.push_str("\\{"),
                }
                Ok(())
            }
            '}' => {
                self.text.push_str("\\}");
                Ok(())
            }
            character => {
                self.text.push(character);
                Ok(())
            }
        }
    }

    /// The next character, which is then read; at the end one that stands nowhere.
    fn take(&mut self) -> char {
        let mut characters = self.rest.chars();
        let first = characters.next().unwrap_or('\0');
        self.rest = characters.as_str();
        first
    }

    /// Writes `before` and so many bytes of the rest.
    fn copy(&mut self, before: &str, length: usize) {
        let (copied, rest) = self.rest.split_at(length);
        self.text.push_str(before);
        self.text.push_str(copied);
        self.rest = rest;
    }

    fn escape(&mut self) -> Result<(), String> {
        match self.take() {
            '\0' => return Err("it ends in a backslash".into()),
            'C' => return Err("`\\C` has no counterpart".into()),
            // All up to `\E` stands for itself.
            'Q' => {
                let end = self.rest.find("\\E").unwrap_or(self.rest.len());
                let literal = regex_syntax::escape(&self.rest[..end]);
                self.text.push_str(&literal);
                self.rest = self.rest[end..].strip_prefix("\\E").unwrap_or_default();
            }
            // In Rust these are edges of words.
            bracket @ ('<' | '>') => self.text.push(bracket),
            character => self.text.extend(['\\', character]),
        }
        Ok(())
    }

    /// In a class Rust knows further classes, `&&`, `--` and `~~`, which to Go are characters.
    fn class(&mut self) -> Result<(), String> {
        self.text.push('[');
        if self.rest.starts_with('^') {
            self.copy("", 1);
        }
        if self.rest.starts_with(']') {
            self.rest = &self.rest[1..];
            self.text.push_str("\\]");
        }
        loop {
            match self.take() {
                '\0' => return Err("a class has no end".into()),
                ']' => break self.text.push(']'),
                '\\' => self.escape()?,
                '[' => match self.rest.strip_prefix(':').and_then(|rest| rest.find(":]")) {
                    Some(end) => self.copy("[", 1 + end + 2),
                    None => self.text.push_str("\\["),
                },
                '-' if self.rest.starts_with('-') => return Err("`--` in a class reads otherwise here".into()),
                sign @ ('&' | '~') => self.text.extend(['\\', sign]),
                character => self.text.push(character),
            }
        }
        Ok(())
    }

    fn group(&mut self) -> Result<(), String> {
        let name = ["?P<", "?<"].iter().find_map(|start| self.rest.strip_prefix(start));
        match name.filter(|rest| !rest.starts_with(['=', '!'])) {
            Some(name) => self.rest = name.split_once('>').ok_or("the name of a group has no end")?.1,
            None if self.rest.starts_with('?') => {
                self.text.push('(');
                return Ok(());
            }
            None => {}
        }
        self.groups += 1;
        self.text.push_str(if self.groups == self.secret { "(?<secret>" } else { "(?:" });
        Ok(())
    }
}

/// Length of what makes the brace before it a repetition: `3}`, `3,}`, `3,5}`.
fn repetition(rest: &str) -> Option<usize> {
    let (inside, _) = rest.split_once('}')?;
    let (least, most) = inside.split_once(',').unwrap_or((inside, ""));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    (!least.is_empty() && is_number(least) && is_number(most)).then_some(inside.len() + 1)
}
