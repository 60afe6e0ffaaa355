//! No secret in any output, in any form, at any verbosity, on any stream.

use crate::harness::{Sandbox, example, straykey, token};

/// A folder whose secrets stand where they could slip out: names, authors, errors, remote URLs.
fn leaky() -> (Sandbox, Vec<String>) {
    let repo = Sandbox::repository();
    let mut secrets: Vec<String> = (1..=8).map(token).collect();
    repo.commit("plain", &secrets[0]);
    repo.commit(&format!("dir/{}.txt", secrets[1]), "x\n");
    let author = format!("{} <a@b.example>", secrets[2]);
    repo.git(&["commit", "--quiet", "--allow-empty", "--author", &author, "--message", "x"]);
    repo.git(&["commit", "--quiet", "--allow-empty", "--message", &secrets[3]]);
    repo.git(&["remote", "add", "origin", &format!("https://x:{}@git.acme.example/", secrets[4])]);
    repo.git(&["tag", "-a", "v1", "-m", &secrets[5]]);
    repo.git(&["branch", &secrets[6]]);
    #[cfg(unix)]
    {
        let pipe = repo.at(&secrets[7]);
        assert!(std::process::Command::new("mkfifo").arg(pipe).status().unwrap().success());
    }
    let password = "vR8-kq2_Lm";
    repo.commit("db", format!("postgres://app:{password}@db/x\n"));
    secrets.push(password.into());
    let key = format!("AKIA{}", "Q3EGRT5LXK6OZJ2M");
    let secret = "fB7kQ2xw9Zt+LmR4vC/uYh1NsEoJ5aPdGi8TWq0X";
    repo.commit("aws", format!("{key}\n{secret}\n"));
    secrets.extend([key, secret.into()]);
    let pem = example("private-key-rsa-pem", 1);
    repo.commit("pem", &pem);
    secrets.push(pem[40..80].to_owned());
    (repo, secrets)
}

#[test]
fn no_form_of_output_holds_a_secret() {
    let (repo, secrets) = leaky();
    for format in ["text", "json", "jsonl", "sarif", "markdown", "csv", "html", "github", "summary"] {
        for words in [&[][..], &["-q"], &["-v"], &["--color", "always", "-v"], &["--max-file-size", "1"]] {
            let run = straykey(&["scan", "--format", format, "."]).within(repo.path()).env("FORCE_HYPERLINK", "1");
            let end = words.iter().fold(run, |run, word| run.arg(word)).end().expect(2);
            let all = format!("{}{}", end.stdout(), end.stderr());
            for secret in &secrets {
                assert!(!all.contains(secret.as_str()), "{format} {words:?} holds {secret}");
            }
        }
    }
}

#[test]
fn with_show_secrets_every_form_holds_them() {
    let (repo, secrets) = leaky();
    for format in ["text", "json", "jsonl", "html"] {
        let end = straykey(&["scan", "--format", format, "--show-secrets", "."]).within(repo.path()).end().expect(2);
        for secret in &secrets[..8] {
            assert!(end.stdout().contains(secret.as_str()), "{format} lacks {secret}");
        }
    }
}

#[test]
fn an_argument_that_is_a_secret_is_not_repeated() {
    let end = straykey(&["scan", &token(1)]).end().expect(2);
    let all = format!("{}{}", end.stdout(), end.stderr());
    assert!(!all.contains(&token(1)), "{all}");
}

#[test]
fn the_short_form_shows_prefix_and_tail() {
    let secret = token(1);
    let report = straykey(&["scan", "-f", "json", "-"]).input(secret.as_bytes()).end().expect(1).json();
    let shown = report["findings"][0]["secret"].as_str().unwrap().to_owned();
    assert_eq!(shown, format!("ghp_…{}", &secret[secret.len() - 4..]));
}
