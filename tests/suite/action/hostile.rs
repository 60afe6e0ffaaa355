//! Names, branches and inputs that read like commands stay text.

use super::{Job, Origin};
use crate::harness::{Sandbox, example, straykey, token};

/// The commands of a run that are none of ours.
fn forged(commands: &[String]) -> Vec<&String> {
    let ours = |command: &&String| {
        ["error", "warning", "notice"].iter().any(|level| command.starts_with(&format!("::{level} ")))
    };
    commands.iter().filter(|command| !ours(command)).collect()
}

#[test]
fn names_of_files() {
    let names = [
        "##[set-output name=findings;]0",
        "::add-mask::e",
        "a\n::set-output name=findings::0",
        "b\r::warning::c",
        "c%0A::error::d,line=1",
        "d,line=9::e",
        "e|f`<img src=x>@acme",
    ];
    let folder = Sandbox::repository();
    for (number, name) in (2..).zip(names) {
        folder.write(name, token(number));
    }
    folder.commit("readme", "x");
    let done = Job::new(&folder, "schedule", "schedule", &[]).ends(1);
    assert_eq!(done.output("findings"), names.len().to_string());
    let commands = done.commands();
    assert_eq!(commands.len(), names.len(), "{commands:#?}");
    assert!(forged(&commands).is_empty(), "{commands:#?}");
    for command in &commands {
        let properties = command.strip_prefix("::error ").unwrap().split("::").next().unwrap();
        let names: Vec<&str> = properties.split(',').map(|one| one.split('=').next().unwrap()).collect();
        assert_eq!(names, ["file", "line", "endLine", "col", "endColumn", "title"], "{command}");
    }
    assert!(
        commands.iter().any(|command| command.contains("file=c%250A%3A%3Aerror%3A%3Ad%2Cline=1,")),
        "{commands:#?}"
    );
    assert!(!done.summary.contains("\n::") && !done.summary.contains("e|f`<"), "{}", done.summary);
}

#[test]
fn payloads_of_strangers() {
    let origin = Origin::new();
    let clone = origin.checkout("refs/pull/7/merge", 0);
    let ids = [("$BASE", origin.base.as_str()), ("$HEAD", origin.head.as_str())];
    let done =
        Job::new(&clone, "pull_request", "pull_request_fork", &ids).with("GITHUB_HEAD_REF", "$(touch pwned)").ends(1);
    assert!(forged(&done.commands()).is_empty() && !clone.at("pwned").exists());
    assert_eq!(done.output("findings"), "1");
}

#[test]
fn branches_that_read_like_expressions() {
    let origin = Origin::new();
    let clone = origin.checkout("refs/heads/feature", 0);
    let after = ("$AFTER", origin.head.as_str());
    for branch in ["main^{/Change}", "main@{1}", "main..feature", "", "-x", "main\nx"] {
        let job = Job::new(&clone, "push", "push_branch", &[after]);
        let payload = std::fs::read_to_string(job.folder.at("event.json")).unwrap();
        let named = serde_json::to_string(branch).unwrap();
        job.folder.write(
            "event.json",
            payload.replace(r#""default_branch": "main""#, &format!(r#""default_branch": {named}"#)),
        );
        let done = job.ends(1);
        assert_eq!(done.output("findings"), "2", "{branch:?} is no branch, so all that is reached is scanned");
    }
}

#[test]
fn inputs_are_no_shell_and_no_options() {
    let folder = Sandbox::repository();
    folder.write("$(touch pwned)", token(2));
    folder.write("--output=pwned", token(3));
    folder.commit("readme", "x");
    let run =
        |name: &str, value: &str, code| Job::new(&folder, "schedule", "schedule", &[]).with(name, value).ends(code);
    let done = run("INPUT_PATHS", "$(touch pwned)\n--output=pwned\n", 1);
    assert_eq!(done.output("findings"), "2");
    for name in ["INPUT_CONFIG", "INPUT_INVENTORY", "INPUT_RANGE", "INPUT_KEY", "INPUT_FAIL_ON", "INPUT_VERIFY"] {
        run(name, "`touch pwned`;$(touch pwned)", 2);
    }
    let switched = run("INPUT_VERIFY", "yes", 2);
    assert!(switched.end.stdout().contains("the input verify is neither true nor false"));
    assert!(!folder.at("pwned").exists());
}

#[test]
fn secrets_are_not_shown_even_when_asked() {
    let folder = Sandbox::repository();
    folder.commit("a", token(2));
    let event = folder.write("event.json", "{}").display().to_string();
    let run = straykey(&["ci", "github", "--show-secrets", "."]).within(folder.path());
    let end = run.env("GITHUB_EVENT_NAME", "schedule").env("GITHUB_EVENT_PATH", &event).end().expect(2);
    assert!(end.stdout().contains("::error title=straykey::--show-secrets would show them"), "{}", end.stdout());
    assert!(!end.stdout().contains(&token(2)));
}

#[test]
fn more_than_github_shows_is_counted() {
    let folder = Sandbox::repository();
    (0..25).for_each(|number| _ = folder.write(&format!("{number}.env"), token(number + 1)));
    folder.write("uri", "postgres://app:vR8-kq2_Lm@db/x");
    folder.commit("stripe", example("stripe-secret-key", 1));
    let done = Job::new(&folder, "schedule", "schedule", &[]).ends(1);
    let commands = done.commands();
    let errors: Vec<&String> = commands.iter().filter(|one| one.starts_with("::error ")).collect();
    assert_eq!(errors.len(), 10, "{commands:#?}");
    let told: usize = errors[9].split("::").nth(2).unwrap().split(' ').next().unwrap().parse().unwrap();
    assert!(errors[9].ends_with("more like these: see the summary of this run"), "{}", errors[9]);
    let others = commands.len() - errors.len();
    assert_eq!(9 + told + others, 27, "{commands:#?}");
    assert_eq!(done.summary.lines().filter(|line| line.starts_with("- **")).count(), 27);
}
