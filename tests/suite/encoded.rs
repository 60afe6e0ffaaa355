//! Secrets that stand encoded in a text are found at the encoded bytes, with the encodings named.

use data_encoding::{BASE64, BASE64_NOPAD, BASE64URL_NOPAD, HEXLOWER, HEXUPPER};
use straykey::model::scan::{Match, Scanner};
use straykey::sources::containers::{Limits, Unpacking};

use crate::forms::forms;
use crate::harness::{DETECTOR, Sandbox, places, scan, straykey, token};

fn found(text: &[u8]) -> Vec<Match> {
    let scan = Unpacking::new(&*DETECTOR, Limits::default()).scan(text);
    assert_eq!((&scan.cut_short, &scan.missed), (&None, &Vec::new()));
    scan.matches.into_iter().filter(|found| found.pattern.id == "github-pat-classic").collect()
}

/// Ends the test unless the token of this number is found once, in these encodings, within `encoded`.
#[track_caller]
fn one(text: &str, number: u64, encodings: &[&str], encoded: &str) {
    let all = found(text.as_bytes());
    let [only] = all.as_slice() else { panic!("{} found in {text}", all.len()) };
    assert_eq!(only.credential.secret.expose(), token(number).as_bytes());
    assert_eq!(only.encodings, encodings, "{text}");
    let at = text.find(encoded).expect("it stands there");
    assert!(only.span.start >= at && only.span.end <= at + encoded.len(), "{:?} in {text}", only.span);
}

#[test]
fn base64_is_decoded_at_each_alignment_and_in_both_alphabets() {
    for (number, before) in (1..).zip(["", "x", "id", "a=b"]) {
        let text = format!("{before} {} ?>~ end", token(number));
        for encoded in [
            BASE64.encode(text.as_bytes()),
            BASE64_NOPAD.encode(text.as_bytes()),
            BASE64URL_NOPAD.encode(text.as_bytes()),
        ] {
            for around in [
                format!("data: {encoded}"),
                format!("\"{encoded}\""),
                format!("k={encoded};"),
                format!("Basic {encoded}\n"),
            ] {
                one(&around, number, &["base64"], &encoded);
            }
        }
    }
    let alone = BASE64.encode(token(1).as_bytes());
    one(&alone, 1, &["base64"], &alone);
}

#[test]
fn base64_over_lines_is_decoded() {
    let text = format!("{}\n{}\n{}", "some text ".repeat(30), token(1), "more text ".repeat(30));
    let encoded = BASE64.encode(text.as_bytes());
    for (width, end) in [(76, "\n"), (64, "\r\n"), (60, "\n    "), (76, "\\n")] {
        let lines: Vec<&str> =
            encoded.as_bytes().chunks(width).map(|line| std::str::from_utf8(line).unwrap()).collect();
        let wrapped = lines.join(end);
        one(&format!("data: |\n{wrapped}\nend\n"), 1, &["base64"], &wrapped);
    }
    // The last line may hold no more than the end of the secret.
    let text = format!("{} {}", "x ".repeat(10), token(1));
    let encoded = BASE64.encode(text.as_bytes());
    let (first, last) = encoded.split_at(encoded.len() - 4);
    let wrapped = format!("{first}\n{last}");
    assert!(first.len() >= 48 && last.ends_with('='), "{wrapped}");
    one(&format!("data: |\n{wrapped}\nend\n"), 1, &["base64"], &wrapped);
}

#[test]
fn encodings_within_one_another_are_undone() {
    let twice = BASE64.encode(BASE64.encode(token(1).as_bytes()).as_bytes());
    one(&format!("x: {twice}"), 1, &["base64", "base64"], &twice);
    let mixed = BASE64.encode(HEXLOWER.encode(format!("key={}", token(1)).as_bytes()).as_bytes());
    one(&format!("x: {mixed}"), 1, &["base64", "hex"], &mixed);
    let wide: Vec<u8> = format!("$t = '{}'", token(1)).encode_utf16().flat_map(u16::to_le_bytes).collect();
    let command = BASE64.encode(&wide);
    one(&format!("powershell -enc {command}"), 1, &["base64 of UTF-16"], &command);
}

#[test]
fn hex_is_decoded() {
    for encoded in [HEXLOWER.encode(token(1).as_bytes()), HEXUPPER.encode(format!("AKIA {}", token(1)).as_bytes())] {
        one(&format!("x = \"{encoded}\""), 1, &["hex"], &encoded);
    }
}

fn each(text: &str, write: impl Fn(char) -> String) -> String {
    text.chars().map(write).collect()
}

#[test]
fn single_characters_in_another_form_are_understood() {
    let token = token(1);
    let underscore = |form: &str| token.replace('_', form);
    for (encoded, encoding) in [
        (underscore("%5F"), "percent-encoding"),
        (each(&token, |character| format!("%{:02X}", u32::from(character))), "percent-encoding"),
        (underscore("\\u005f"), "escapes"),
        (each(&token, |character| format!("\\u{:04x}", u32::from(character))), "escapes"),
        (each(&token, |character| format!("\\x{:02x}", u32::from(character))), "escapes"),
        (underscore("&#95;"), "entities"),
        (each(&token, |character| format!("&#x{:x};", u32::from(character))), "entities"),
        (each(&token, |character| format!("&#{};", u32::from(character))), "entities"),
        (underscore("=5F"), "quoted-printable"),
        (format!("{}=\r\n{}", &token[..20], &token[20..]), "quoted-printable"),
        (format!("{}\" + \"{}", &token[..4], &token[4..]), "joined literals"),
        (format!("{}' +\n      '{}", &token[..14], &token[14..]), "joined literals"),
        (format!("{}\" . \"{}\" . \"{}", &token[..4], &token[4..8], &token[8..]), "joined literals"),
    ] {
        for around in [format!("key = \"{encoded}\"\n"), format!("a\nb {encoded} c\n")] {
            one(&around, 1, &[encoding], &encoded);
        }
    }
}

#[test]
fn colours_do_not_hide_what_they_part() {
    for (set, reset) in [("\x1b[32m", "\x1b[0m"), ("\x1b[01;31m\x1b[K", "\x1b[m\x1b[K"), (r"\u001b[36m", r"\u001b[0m")]
    {
        let (first, last) = (&token(1)[..20], &token(1)[20..]);
        let encoded = format!("{first}{set}{last}");
        for around in [format!("{set}key{reset}={set}{encoded}{reset}\n"), format!("a {reset}\n{encoded}{reset}\nb\n")]
        {
            // Far into a log of which all lines are coloured.
            let log = format!("{set}INFO{reset} {reset}all is well\n").repeat(100);
            one(&around, 1, &["colours"], &encoded);
            one(&format!("{log}{around}{log}"), 1, &["colours"], &encoded);
        }
        for form in forms("passwords.txt").iter().filter(|form| !form.contains('\n')) {
            let line = format!("{set}{}{reset}\n", form.replace('·', "vR8-kq2_Lm"));
            let all = DETECTOR.scan(line.as_bytes()).matches;
            let is_found = all.iter().any(|found| found.credential.secret.expose() == b"vR8-kq2_Lm");
            assert!(is_found, "{line}");
        }
        let setting = format!(
            "{log}{set}DB_PASSWORD{reset}={set}{password}{reset}\n{log}",
            log = "x\n".repeat(999),
            password = "vR8-kq2_Lm"
        );
        let all = DETECTOR.scan(setting.as_bytes()).matches;
        assert_eq!(all.len(), 1, "{setting}");
        assert_eq!(all[0].credential.secret.expose(), b"vR8-kq2_Lm");
    }
}

/// Each cell is found where it stands, under the name of its own column; what ends a table is no row of it.
#[test]
fn cells_of_tables_are_found_by_the_names_of_their_columns() {
    let secret = |number: u32| format!("vR8-{number}kq2_Lm");
    let (one, two, three) = (secret(1), secret(2), secret(3));
    let told = |text: &str| -> Vec<String> {
        let matches = DETECTOR.scan(text.as_bytes()).matches;
        assert!(matches.iter().all(|found| found.encodings == ["a table"]), "{text}");
        matches.into_iter().map(|found| text[found.span].to_owned()).collect()
    };
    let inserted = format!(
        "INSERT INTO t (password, note) VALUES ('{one}', '{two}'), (NULL, f('x, y', (1))), ('it''s', ''), ('{three}', 1);"
    );
    assert_eq!(told(&inserted), [&*one, &*three]);
    let copied = format!("COPY t (note, password) FROM stdin;\nx\t{one}\n{two}\t\\N\n\\.\nx\t{three}\n");
    assert_eq!(told(&copied), [&*one]);
    let listed = format!("note,password\n\"a, \"\"b\",\"{one}\"\n{two},x\n\nx,{three}\n");
    assert_eq!(told(&listed), [&*one]);
    for none in [
        format!("f(a, b) VALUES ('{one}', 'x')"),
        format!("INSERT INTO t (note) VALUES ('{one}')"),
        format!("INSERT INTO t (note, password) SELECT ('{one}', '{two}')"),
        format!("f(note,password)\nx,{one}\n"),
    ] {
        assert_eq!(told(&none), Vec::<String>::new(), "{none}");
    }
}

#[test]
fn utf16_is_read_with_and_without_mark() {
    let text = format!("first\r\nkey = \"{}\"\r\nlast line of it\r\n", token(1));
    for order in [u16::to_le_bytes, u16::to_be_bytes] {
        for mark in ["", "\u{feff}"] {
            let bytes: Vec<u8> = format!("{mark}{text}").encode_utf16().flat_map(order).collect();
            let all = found(&bytes);
            assert_eq!(all.len(), 1);
            assert_eq!(all[0].encodings, ["UTF-16"]);
            assert_eq!((all[0].position.line, all[0].position.column), (2, 8));
        }
        // Between other bytes, as in a program.
        let mut program = b"\x7fELF\x02\x01\x01".repeat(50);
        program.extend(format!("\0{}\0", token(2)).encode_utf16().flat_map(order));
        program.extend([1, 2, 3, 4]);
        let all = found(&program);
        assert_eq!(all.len(), 1, "{order:?}");
        assert_eq!(all[0].encodings, ["UTF-16"]);
    }
}

#[test]
fn several_secrets_in_one_run_are_all_told() {
    let text = format!("A={}\nB={}\nC={}\n", token(1), token(2), token(3));
    let all = found(BASE64.encode(text.as_bytes()).as_bytes());
    assert_eq!(all.len(), 3);
    assert!(all.windows(2).all(|pair| pair[0].span.end <= pair[1].span.start));
}

#[test]
fn each_secret_among_many_marks_is_found_once() {
    let tokens: Vec<String> = (1..60).map(token).collect();
    let between =
        |number: usize, words: usize| -> String { (0..words).map(|at| format!("w{} ", at * number)).collect() };
    let plain = |words: usize| -> String {
        (1..).zip(&tokens).map(|(number, token)| format!("a/b {}\nk={token}\n", between(number, words))).collect()
    };
    let percent = |text: &str| text.replace('_', "%5F").replace('/', "%2F");
    let escaped = |text: &str| each(text, |character| format!("\\x{:02x}", u32::from(character)));
    for words in [0, 1, 2, 5, 10, 50, 100, 500] {
        let text = plain(words);
        for encoded in [percent(&text), escaped(&text), text.replace('_', "=5F")] {
            let all = found(encoded.as_bytes());
            let secrets: Vec<&[u8]> = all.iter().map(|found| found.credential.secret.expose()).collect();
            let lost: Vec<_> = tokens.iter().filter(|token| !secrets.contains(&token.as_bytes())).collect();
            assert_eq!((secrets.len(), lost), (59, vec![]), "{words} words between, {}", &encoded[..9]);
            assert!(all.windows(2).all(|pair| pair[0].span.end <= pair[1].span.start));
        }
    }
}

#[test]
fn a_secret_in_two_encodings_at_once_is_found() {
    let token = token(1).replace('_', "%5F").replacen('g', "\\x67", 1);
    let all = found(format!("key = \"{token}\"\n").as_bytes());
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].encodings.len(), 2);
}

/// Bombs of marks end: what is decoded for one is bounded, and what is not searched is told.
#[test]
fn hostile_marks_end() {
    let mut nested = "x".repeat(20_000);
    for _ in 0..8 {
        nested = BASE64.encode(nested.as_bytes());
        nested.truncate(200_000);
    }
    for text in [
        nested,
        "%5F".repeat(50_000),
        "a\" + \"".repeat(50_000),
        "=3D=\r\n".repeat(50_000),
        "&#x41;".repeat(50_000),
        "\x1b[0m".repeat(50_000),
        "INSERT INTO a(b)VALUES('x'),(".repeat(20_000),
        "(a) FROM stdin\n".repeat(20_000),
        "a,password\n".repeat(20_000),
    ] {
        found(text.as_bytes());
    }
    let all_kinds = "%41=41&#65;\\x41\"+\"";
    let few = all_kinds.repeat(1_000) + &token(1);
    assert_eq!(found(few.as_bytes()).len(), 1);
    let scan = DETECTOR.scan(all_kinds.repeat(30_000).as_bytes());
    assert!(scan.cut_short.is_some_and(|why| why.contains("anchors in one text")));
}

#[test]
fn reports_name_the_encoding_and_hide_what_stands_there() {
    let folder = Sandbox::new();
    let encoded = BASE64.encode(format!("key={}", token(1)).as_bytes());
    folder.write(&format!("dir/{encoded}.txt"), format!("data: {encoded}\n"));
    let report = scan(folder.path(), &[], 1);
    assert!(places(&report).iter().any(|(_, place)| place["encodings"][0] == "base64"));
    for format in ["text", "json", "jsonl", "sarif"] {
        let output = straykey(&["scan", "-f", format, "."]).within(folder.path()).end().expect(1).stdout();
        let middle = &encoded[8..encoded.len() - 8];
        assert!(!output.contains(middle) && !output.contains(&token(1)), "{output}");
    }
}
