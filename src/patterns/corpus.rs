//! Makes text like that of source trees, on which the cost of patterns is measured.
//!
//! Comes in: a length. Goes out: the same text on every machine. It holds no credentials, but much of what patterns are
//! tempted by: assignments, addresses, digests, long identifiers.

use super::generate::Random;

/// What identifiers and prose are made of.
const WORDS: [&str; 64] = [
    "account", "action", "address", "array", "auth", "base", "buffer", "build", "cache", "call", "client", "code",
    "config", "context", "count", "create", "data", "default", "element", "error", "event", "field", "file", "filter",
    "format", "group", "handler", "header", "id", "index", "input", "item", "key", "label", "length", "list", "load",
    "map", "message", "method", "model", "name", "node", "object", "option", "output", "param", "path", "query",
    "request", "response", "result", "schema", "secret", "server", "service", "state", "string", "table", "token",
    "type", "user", "value", "version",
];

/// About `length` bytes of such text, from a fixed seed.
pub fn make(length: usize) -> Vec<u8> {
    let mut writer = Writer { random: Random::new(7), text: String::with_capacity(length + 256) };
    while writer.text.len() < length {
        writer.line();
    }
    writer.text.into_bytes()
}

struct Writer {
    random: Random,
    text: String,
}

impl Writer {
    fn line(&mut self) {
        let depth = self.random.below(4);
        self.text.push_str(&"    ".repeat(depth));
        let line = match self.random.below(12) {
            0 => format!("// {} {} {} of the {}.", self.word(), self.word(), self.word(), self.word()),
            1 => format!("import {{ {} }} from \"./{}/{}\";", self.camel(), self.word(), self.word()),
            2 => format!("const {} = await this.{}({}, {});", self.camel(), self.camel(), self.word(), self.word()),
            3 => format!("def {}_{}(self, {}: str) -> None:", self.word(), self.word(), self.word()),
            4 => format!("  \"{}\": \"{} {}\",", self.word(), self.word(), self.word()),
            5 => format!("{}_{}: \"{}\"", self.word(), self.word(), self.drawn(b"0123456789abcdef", 40)),
            6 => format!(
                "https://{}.example/{}/{}?{}={}",
                self.word(),
                self.word(),
                self.word(),
                self.word(),
                self.word()
            ),
            7 => format!("if ({}.{} !== {}) {{ return {}; }}", self.word(), self.camel(), self.word(), self.camel()),
            8 => {
                format!("<div class=\"{}-{}\" id=\"{}\">{}</div>", self.word(), self.word(), self.camel(), self.word())
            }
            9 => format!("integrity sha512-{}==", self.drawn(b"ABCDEFGHIJKLMNOPabcdefghijklmnop0123456789+/", 86)),
            10 => format!("{}={}", self.word().to_ascii_uppercase(), self.random.below(100_000)),
            _ => format!(
                "{}.{}({}, |{}| {}.{}())?;",
                self.word(),
                self.word(),
                self.camel(),
                self.word(),
                self.word(),
                self.word()
            ),
        };
        self.text.push_str(&line);
        self.text.push('\n');
    }

    fn word(&mut self) -> &'static str {
        WORDS[self.random.below(WORDS.len())]
    }

    /// Two to four words in one, as names are written.
    fn camel(&mut self) -> String {
        let mut name = self.word().to_owned();
        for _ in 0..=self.random.below(3) {
            let word = self.word();
            name.push_str(&word[..1].to_ascii_uppercase());
            name.push_str(&word[1..]);
        }
        name
    }

    fn drawn(&mut self, alphabet: &[u8], length: usize) -> String {
        (0..length).map(|_| char::from(alphabet[self.random.below(alphabet.len())])).collect()
    }
}
