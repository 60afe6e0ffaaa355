//! Every way of writing an assignment, a command or a call that `testdata/forms` lists is found: a line each, with a cut mark where
//! the secret stands, `\n` for a line break and `\t` for a tab.

use std::fs;

use straykey::model::scan::Scanner;

use crate::harness::{DETECTOR, Sandbox, scan};

/// The forms of a list.
pub(crate) fn forms(list: &str) -> Vec<String> {
    let forms = fs::read_to_string(format!("{}/testdata/forms/{list}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    forms.lines().map(|form| form.replace("\\n", "\n").replace("\\t", "\t")).collect()
}

/// Finds `secret` in every form of a list that is `wanted`.
fn finds_all(list: &str, wanted: impl Fn(&str) -> bool, secret: &str) {
    let wanted = forms(list).into_iter().filter(|form| wanted(form));
    let forms: Vec<String> = wanted.map(|form| form.replace('·', secret)).collect();
    assert!(forms.len() > 100 && forms.iter().all(|form| form.contains(secret)));
    let sandbox = Sandbox::new();
    for (number, form) in forms.iter().enumerate() {
        sandbox.write(&format!("{number:03}.cfg"), format!("{form}\n"));
    }
    let report = scan(sandbox.path(), &["--show-secrets"], 1);
    let found = |number: usize| {
        let name = format!("{number:03}.cfg");
        report["findings"].as_array().unwrap().iter().any(|finding| {
            finding["secret"] == secret
                && finding["places"].as_array().unwrap().iter().any(|place| place["path"] == *name)
        })
    };
    let missed: Vec<&String> =
        forms.iter().enumerate().filter(|(number, _)| !found(*number)).map(|(_, form)| form).collect();
    assert!(missed.is_empty(), "{missed:#?}");
}

#[test]
fn passwords_are_found_however_they_are_written() {
    finds_all("passwords.txt", |_| true, &["vR8-", "kq2_Lm"].concat());
}

#[test]
fn tokens_are_found_however_they_are_written() {
    finds_all("tokens.txt", |_| true, &["q7ZtBv20LmXw9", "RkC4nPd8YsK3J9x"].concat());
}

/// No word has such pairs of letters, so that it is a password though it has nothing but letters.
#[test]
fn passwords_of_letters_alone_are_found_however_they_are_written() {
    let is_of_password = |form: &str| !["secret", "Secret", "token"].iter().any(|other| form.contains(other));
    finds_all("passwords.txt", is_of_password, &["kXwq", "ZvTr"].concat());
}

/// How many of a hundred forms of both lists are not found where each stands in something else.
fn hidden_in(holder: impl Fn(&str) -> String) -> usize {
    let lists =
        [("passwords.txt", ["vR8-", "kq2_Lm"].concat()), ("tokens.txt", ["q7ZtBv20LmXw9", "RkC4nPd8YsK3J9x"].concat())];
    let (mut hidden, mut all) = (0, 0);
    for (list, secret) in lists {
        for form in forms(list) {
            let text = holder(&form.replace('·', &secret));
            let found = DETECTOR.scan(text.as_bytes()).matches;
            hidden += usize::from(!found.iter().any(|found| found.credential.secret.expose() == secret.as_bytes()));
            all += 1;
        }
    }
    hidden * 100 / all
}

fn each_line(form: &str, before: &str) -> String {
    form.lines().map(|line| format!("\n{before}{line}")).collect()
}

/// Some cannot be told there: a setting that needs a line of its own, a value on the line behind its name.
#[test]
fn few_forms_are_hidden_by_what_holds_them() {
    for before in ["# ", "// ", "+", "    ", "2026-01-01T00:00:00.000Z INFO ", "web_1  | ", "$ "] {
        assert!(hidden_in(|form| each_line(form, before)) <= 3, "{before}");
    }
    let json = |form: &str| serde_json::json!({ "a": form }).to_string();
    assert!(hidden_in(json) <= 7, "JSON");
    let signs = |form: &str| {
        json(form).replace('=', r"\u003d").replace('<', r"\u003c").replace('>', r"\u003e").replace('\'', r"\u0027")
    };
    assert!(hidden_in(signs) <= 7, "JSON for pages");
    let colours =
        |form: &str| format!("\x1b[32m{}\x1b[0m\n", form.replace('=', "=\x1b[33m").replace(": ", ": \x1b[33m"));
    assert!(hidden_in(colours) <= 3, "colours");
    for (before, behind) in [("Use `", "` here"), ("<code>", "</code>"), ("| a | ", " |"), ("Set ", " and restart.")] {
        assert!(hidden_in(|form| format!("{before}{form}{behind}")) <= 3, "{before}");
    }
}
