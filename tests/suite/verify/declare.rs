//! Declarations that could mislead are refused, with the line and the remedy.

use straykey::patterns::declare;

const HEAD: &str = "[[pattern]]\nid = \"acme-token\"\nregex = '(?<secret>a(?<user>b))'\n";

fn errors(tables: &str) -> Vec<String> {
    let (_, errors) = declare::parse("acme.toml", &format!("{HEAD}{tables}"));
    errors.iter().map(ToString::to_string).collect()
}

fn verify(lines: &str) -> Vec<String> {
    errors(&format!("[pattern.verify]\n{lines}\n"))
}

const ACTIVE: &str = "active = [{ status = 200 }]";

#[test]
fn what_could_mislead_is_refused() {
    let get = "request = \"GET https://api.acme.example/\"\nauth = \"bearer\"";
    assert_eq!(verify(&format!("{get}\n{ACTIVE}")), [""; 0]);
    for (lines, says) in [
        (format!("{get}\n{ACTIVE}\ninactive = [{{ status = 403 }}]"), "only 401 refuses"),
        (format!("{get}\n{ACTIVE}\ninactive = [{{ status = [401, 403] }}]"), "only 401 refuses"),
        (format!("{get}\nactive = [{{ status = 403 }}]"), "says nothing good by itself"),
        (format!("{get}\nactive = [{{ status = 500, json = \"/x\" }}]"), "from 200 to 499"),
        (format!("{get}\nactive = [{{ status = 429, json = \"/x\" }}]"), "429 say nothing"),
        (format!("{get}\nactive = [{{ status = 200, json = \"x\" }}]"), "is written `/key/0/key`"),
        (format!("{get}\nactive = [{{ status = 200, equals = 1 }}]"), "what is to be equal"),
        (format!("{get}\nactive = [{{ status = 200, contains = \"\" }}]"), "every body holds it"),
        (
            format!(
                "{get}\nactive = [{{ status = 200, json = \"/a\" }}]\ninactive = [{{ status = 200, json = \"/a\" }}]"
            ),
            "tell them apart",
        ),
        (get.to_owned(), "neither decides"),
        (format!("{get}\ntake = {{ x = \"/x\" }}"), "no `active` says"),
        (format!("{get}\n{ACTIVE}\nidentity = {{ account = \"id\" }}"), "is no place in an answer"),
        (format!("{get}\n{ACTIVE}\nidentity = {{ shoe = \"/id\" }}"), "unknown field"),
        (format!("{get}\n{ACTIVE}\ncolour = 1"), "unknown field"),
        (format!("request = \"DELETE https://api.acme.example/\"\n{ACTIVE}"), "must change nothing"),
        (format!("request = \"GET http://api.acme.example/\"\n{ACTIVE}"), "without TLS"),
        (format!("request = \"GET api.acme.example\"\n{ACTIVE}"), "goes to `https://`"),
        (format!("request = \"https://api.acme.example\"\n{ACTIVE}"), "begins with GET"),
        (format!("request = \"GET https://a@b/\"\n{ACTIVE}"), "host of the URL"),
        (format!("request = \"GET https://<secret>.acme.example/\"\n{ACTIVE}"), "cannot be part of a host"),
        (format!("request = \"GET https://acme.example/<shoe>\"\n{ACTIVE}"), "`<shoe>` is no group"),
        (format!("request = \"GET https://acme.example/\"\nauth = \"magic\"\n{ACTIVE}"), "`auth` is `bearer`"),
        (format!("{get}\nother_hosts = [\"https://x\"]\n{ACTIVE}"), "further host"),
    ] {
        let found = verify(&lines);
        assert!(found.len() == 1 && found[0].contains(says), "{lines}\n{found:?}");
        assert!(found[0].starts_with("acme.toml:"), "{found:?}");
    }
    let revoke = errors("[pattern.revoke]\nrequest = \"DELETE https://acme.example/<secret>\"\ndone = []\n");
    assert!(revoke[0].contains("`done` says"), "{revoke:?}");
}

#[test]
fn patterns_check_tells_of_them() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("acme.toml");
    let text = "[[pattern]]\nid = \"acme-token\"\nname = \"Acme\"\nkind = \"api-key\"\nseverity = \"high\"\nanchors = [\"acmetok_\"]\n\
                regex = '(?<secret>acmetok_[a-z0-9]{20})'\n[pattern.verify]\nrequest = \"GET https://acme.example/\"\nauth = \"bearer\"\n\
                active = [{ status = 200 }]\ninactive = [{ status = 403 }]\n";
    std::fs::write(&file, text).unwrap();
    let end = super::super::harness::straykey(&["patterns", "check"]).arg(&file).end().expect(1);
    assert!(end.stdout().contains("acme.toml:8: only 401 refuses"), "{}", end.stdout());
}
