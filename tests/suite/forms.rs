//! Every way of writing an assignment, a command or a call that `testdata/forms` lists is found: a line each, with a cut mark where
//! the secret stands, and `\n` for a line break.

use std::fs;

use crate::harness::{Sandbox, scan};

/// The forms of a list.
pub(crate) fn forms(list: &str) -> Vec<String> {
    let forms = fs::read_to_string(format!("{}/testdata/forms/{list}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    forms.lines().map(|form| form.replace("\\n", "\n")).collect()
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
