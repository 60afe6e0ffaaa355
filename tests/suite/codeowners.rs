//! CODEOWNERS in both dialects, after the platforms' own documentation.

use straykey::inventory::codeowners::{CodeOwners, Dialect};
use straykey::inventory::repository::name_of;

#[track_caller]
fn holds(file: &str, dialect: Dialect, cases: &[(&str, &str)]) {
    let owners = CodeOwners::parse(file, dialect);
    for (path, expected) in cases {
        assert_eq!(owners.of(path).join(" "), *expected, "{path}");
    }
}

#[test]
fn github_takes_the_last_line_that_matches() {
    let file = "* @all # everybody\n*.js @js\n/build/logs/ @doctocat\ndocs/* docs@acme.example\napps/ @octocat\n/docs/ @writers\n\
                /scripts @one @org/two\n**/logs @logs\n/apps/github\n!/no @no\n/a[b] @range\nwith\\ blank.txt @blank\n";
    holds(
        file,
        Dialect::GitHub,
        &[
            ("README", "@all"),
            (".hidden/x.js", "@js"),
            ("build/logs/a/b", "@logs"),
            ("docs/a.md", "@writers"),
            ("x/docs/a.md", "@all"),
            ("x/apps/y/z", "@octocat"),
            ("apps/github/x", ""),
            ("scripts/x", "@one @org/two"),
            ("x/scripts/y", "@all"),
            ("deep/er/logs/x", "@logs"),
            ("no", "@all"),
            ("ab", "@all"),
            ("with blank.txt", "@blank"),
        ],
    );
    holds("docs/* @d\n", Dialect::GitHub, &[("docs/a", "@d"), ("docs/b/c", "")]);
    holds("/.github/ @platform\n", Dialect::GitHub, &[(".github/workflows/a.yml", "@platform")]);
}

#[test]
fn gitlab_takes_the_last_line_of_every_section() {
    let file = "* @default\n/docs/ @docs\n[Database] @dba\n*.sql\n/db/ @dbteam\n^[Optional][2] @opt\nREADME.md\n[database]\nspecial.sql @special\n\
                [Excluded] @x\n*.rb\n!lib/**/*.rb\n[Roles]\n/r @@maintainer\n\\#pound @pound\n";
    holds(
        file,
        Dialect::GitLab,
        &[
            ("a", "@default"),
            ("docs/x/y", "@docs"),
            ("x/a.sql", "@default @dba"),
            ("db/a.sql", "@default @dbteam"),
            ("db/special.sql", "@default @special"),
            ("x/README.md", "@default @opt"),
            ("a.rb", "@default @x"),
            ("lib/q/a.rb", "@default"),
            ("r", "@default @@maintainer"),
            ("#pound", "@default @pound"),
        ],
    );
}

#[test]
fn a_remote_is_named_without_user_and_password() {
    for url in [
        "git@github.com:Acme/Pay.git",
        "https://u:p@github.com/acme/pay.git",
        "ssh://git@github.com:22/acme/pay",
        "https://github.com/acme/pay/",
    ] {
        assert_eq!(name_of(url).as_deref(), Some("github.com/acme/pay"), "{url}");
    }
}
