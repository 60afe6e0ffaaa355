//! Judges names that values are assigned to: `apiKey` says that its value is a secret, `apiKeyUrl` does not.
//!
//! Comes in: a name. Goes out: whether it promises one of some words. It must not look at values.

/// Behind the word: the value is not the secret but something about it.
const ABOUT_IT: &str = "url uri endpoint host path file filename dir folder name names label title field column header param \
    parameter prefix suffix pattern regex regexp format template type kind class length len size count limit min max index idx \
    hash hashed digest checksum sha sha1 sha256 sha512 md5 fingerprint thumbprint expiry expires expiration ttl age timeout \
    date time version policy rule rules hint help prompt message msg error errors placeholder description desc example doc \
    docs required enabled disabled optional valid validator validity manager provider store storage service factory builder \
    handler callback listener event arn ref usage scope scopes algorithm alg encoding encoder encrypted enc cipher icon color \
    for css selector id element form page route link locale mode state status cache vault reset encode decode split join \
    replace strip trim match starts ends startswith endswith contains includes expire warning history lockout grace interval \
    count quality failure scheme get within address complexity hasher iterations rounds kdf cost mgr attribute attr attributes \
    expired protected strength port administrator created updated changed last used uuid guid symbols chars charset characters \
    alphabet data encryption incorrect correct wrong invalid env envvar var variable property identifier matched \
    reason method option options html htm php aspx jsp";
/// Before the word: it is a stand-in, or what everybody may know.
const STAND_INS: &str = "public pub pubkey publickey hash hashed mock fake dummy example sample stub forgot forget forgotten \
    show hide disabled choose has is no empty missing invalid wrong incorrect max min dont expire";
/// Before `key` or `token`, which are also what something is found by or goes on with. A `cache_password` is one.
const SOMETHING_ELSE: &str = "primary foreign sort partition group row column col cache translation i18n unique uniq map dict \
    keyboard hot short commit etag integrity checksum sha sha256 md5 digest next continuation page resume sync object storage \
    event lookup index rule recv incident instrumentation prev previous csrf xsrf authenticity idempotency socket spreadsheet \
    gpg pgp node merge change lifecycle request";
/// Before `pass`, which is also one time through something.
const TIMES: &str = "first second third single multi one two per each inter forward backward render build compile";
/// The same where it stands next to the word: `config.mail.key` is one of many keys.
const NEXT_TO_IT: &str = "config setting settings";
/// Words that end like one that is looked for.
const OTHER_WORDS: &str = "bypass compass trespass encompass surpass overpass underpass monkey turkey hotkey donkey whiskey \
    jockey hockey keykey basalt askpass htpasswd csrftoken csrfmiddlewaretoken xsrftoken";
/// Shorter words are no part of others.
const SHORT: usize = 5;
/// This one is no end of others either: `ipapi` is the name of a service.
const WHOLE: &str = "api";

/// Whether a name says that its value is one of `words` (in plain form), and not something about it.
pub fn promises(name: &[u8], words: &[&str]) -> bool {
    says(name, words) == Some(true)
}

/// Whether a name with one of `words` says that its value is that, and not something about it; none without a word.
pub fn says(name: &[u8], words: &[&str]) -> Option<bool> {
    let parts = parts(name);
    let plain = parts.concat();
    let found = words.iter().filter_map(|word| Some((last_place(&parts, &plain, word)?, word.len())));
    let (start, length) = found.max_by_key(|(start, length)| (start + length, *length))?;
    let word = &plain[start..start + length];
    let (is_open, is_time) = (matches!(word, "key" | "token"), word == "pass");
    let mut end = 0;
    let is_it = parts.iter().all(|part| {
        end += part.len();
        let is_behind = end - part.len() >= start + length;
        let is_before = end <= start;
        let is_next = end == start;
        let is_else = is_in(STAND_INS, part)
            || is_open && (is_in(SOMETHING_ELSE, part) || is_next && is_in(NEXT_TO_IT, part))
            || is_time && is_next && is_in(TIMES, part);
        !(is_behind && is_in(ABOUT_IT, part) || is_before && is_else)
    });
    Some(is_it)
}

/// Whether a name says no more than some words, as `apiToken` does where `api` and `token` are among them.
pub fn is_made_of(name: &[u8], words: &[&str]) -> bool {
    const FILLERS: [&str; 8] = ["api", "access", "my", "the", "x", "user", "client", "app"];
    parts(name).iter().all(|part| {
        let part = part.as_str();
        words.contains(&part) || FILLERS.contains(&part) || part.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// Whether a name ends in a word for a digest or for an object of git's: `sha`, `etag_md5`.
pub fn is_of_digest(name: &[u8]) -> bool {
    const WORDS: &str = "sha md hash digest checksum commit revision rev fingerprint etag signature sig";
    last_word(name).is_some_and(|last| is_in(WORDS, &last))
}

/// The last word of a name that is no number.
pub fn last_word(name: &[u8]) -> Option<String> {
    parts(name).into_iter().rfind(|part| !part.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Where a word stands last in a name.
fn last_place(parts: &[String], plain: &str, word: &str) -> Option<usize> {
    let mut end = plain.len();
    for part in parts.iter().rev() {
        // `api` and `key` are `apikey`.
        let is_whole = part.len() >= word.len() || word.len() >= SHORT;
        let is_whole = is_whole && (word != WHOLE || part == word);
        if is_whole && plain[..end].ends_with(word) && !is_in(OTHER_WORDS, part) {
            return Some(end - word.len());
        }
        end -= part.len();
    }
    None
}

fn is_in(list: &str, word: &str) -> bool {
    list.split_ascii_whitespace().any(|known| known == word)
}

/// The words of a name, small: `dbPassword2` has `db`, `password` and `2`.
pub fn parts(name: &[u8]) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut before = b'_';
    for (at, &byte) in name.iter().enumerate() {
        let after_is_small = name.get(at + 1).is_some_and(u8::is_ascii_lowercase);
        let begins = match byte {
            b'A'..=b'Z' => !before.is_ascii_uppercase() || after_is_small,
            b'0'..=b'9' => !before.is_ascii_digit(),
            b'a'..=b'z' => !before.is_ascii_alphabetic(),
            _ => false,
        };
        if begins {
            parts.push(String::new());
        }
        if byte.is_ascii_alphanumeric()
            && let Some(last) = parts.last_mut()
        {
            last.push(char::from(byte.to_ascii_lowercase()));
        }
        before = byte;
    }
    parts
}
