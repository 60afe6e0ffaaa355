//! What each check is called, how bad it is, and what it supports evidence for: data, checked against the official lists by a test.

use crate::model::check::Mapping;

const BUILTIN: &str = include_str!("mapping.toml");

/// The built-in mapping. Fails if the file that was built in is broken, which a test rules out.
pub fn read() -> Result<Mapping, String> {
    toml::from_str(BUILTIN).map_err(|error| format!("the built-in mapping of checks is broken: {}", error.message()))
}

/// What a check looks at, in a sentence each.
pub fn trigger(id: &str) -> &'static str {
    match id {
        "G01" => "The provider accepts the credential, and nobody, or nobody sure, owns it.",
        "G02" => "The business owner or the purpose is missing or says nothing, or the owner has left.",
        "G03" => "The integration is retired or past its sunset, and a credential of it is accepted.",
        "G04" => "The provider accepts the credential, and it stands where the integration does not declare it.",
        "G05" => "The provider accepts the credential, and it stands in git's history but in nothing that is current.",
        "G06" => "One secret or one principal is in two classes of environments, one of them production.",
        "G07" => {
            "One secret is that of two integrations, found or as the inventory declares it, or stands in two pipelines."
        }
        "G08" => "The provider accepts the credential, says that it does not end, and could make it end.",
        "G09" => "From creation to expiry is longer than the limit for its rhythm and tier.",
        "G10" => {
            "It was not changed within the declared interval; where that is not known, it is older than the interval."
        }
        "G11" => "A secret that another has replaced is still accepted after the time of grace.",
        "G12" => "The provider lists scopes that are not allowed, or administrative ones on a standard integration.",
        "G13" => "The provider lists scopes that it did not list in an earlier run, and no review came after.",
        "G14" => {
            "What it opens holds other credentials, or is a secret store, an identity provider or the builds, and that is not declared."
        }
        "G15" => "The review is older than its cadence, or scopes or places are newer than the review.",
        "G16" => {
            "A third party runs it, and contact, statement or playbook is missing, or the last drill is too long ago."
        }
        "G17" => "From the first accepted check to the refusal, or until now, took longer than agreed.",
        "G18" => {
            "The principal is a person and the integration is not, or the key stands in a shell history, notebook or home folder."
        }
        "G19" => "The credential is of a kind that its provider has better ones for.",
        "G20" => {
            "A static key of a cloud stands in CI configuration, or is declared for a pipeline; or a role takes tokens without a subject, \
             or with one that has a wildcard."
        }
        "G21" => "It is live in production, and no way to stop it is written down, or it was not tried for too long.",
        "G22" => "One credential opens the data of several tenants.",
        "G23" => {
            "The provider's list and the inventory differ, a declared credential is not used, or sources contradict each other."
        }
        "G24" => "The last day of a waiver has passed.",
        _ => "",
    }
}
