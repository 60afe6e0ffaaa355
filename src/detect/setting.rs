//! Whether a secret stands where only tests, examples and documentation are.
//!
//! Comes in: a path. Goes out: yes or no. What stands only there is rarely in use, unless its own form says that it is one.

use super::names::parts;

/// Names of folders, and words of them.
const FOLDERS: &str = "test tests testing testcase testcases unittest unittests testdata __tests__ spec specs fixture fixtures \
    __fixtures__ mock mocks __mocks__ example examples sample samples demo demos e2e docs doc documentation cypress playwright \
    stories __snapshots__ benchmark benchmarks testutil testutils i18n l10n lang langs locales locale localization \
    translations resjson";

/// Words of names of files.
const FILES: &str = "test tests spec fixture mock example sample conftest dist template";

/// Whether a path (with `/` between its names) leads to tests, examples or documentation.
pub fn is_for_show(path: &str) -> bool {
    let mut names = path.rsplit('/');
    let file = names.next().unwrap_or_default();
    names.any(is_folder_for_show) || is_file_for_show(file)
}

fn is_folder_for_show(name: &str) -> bool {
    // `integration-tests`, `androidTest`
    is_in(FOLDERS, &name.to_ascii_lowercase()) || parts(name.as_bytes()).iter().any(|word| is_in(FOLDERS, word))
}

/// `test_login.py`, `login_test.go`, `LoginTest.java`, `login.spec.ts`, `login.t`, `conftest.py`, `.env.example`, `README.md`.
fn is_file_for_show(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let is_word = lower.split(['-', '_', '.', ' ']).any(|word| is_in(FILES, word));
    let stem = name.split('.').next().unwrap_or_default();
    let is_class = ["Test", "Tests", "Spec", "IT", "TestCase"].iter().any(|end| stem.ends_with(end));
    is_word || is_class || [".md", ".rst", ".adoc", ".mdx", ".snap", ".t"].iter().any(|ending| lower.ends_with(ending))
}

fn is_in(list: &str, word: &str) -> bool {
    list.split_ascii_whitespace().any(|known| known == word)
}
