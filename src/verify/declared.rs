//! Asks a provider as its pattern file declares.

use zeroize::Zeroizing;

use super::Verifier;
use super::answer::{Reading, Verdict};
use super::egress::Call;
use super::fill::Values;
use super::session::Session;
use crate::model::declaration::{Declaration, Step};
use crate::model::plan::Planned;
use crate::model::secret::Credential;
use crate::model::validity::Validity;
use crate::model::verification::Verification;

/// The verifier that a `[pattern.verify]` table declares.
pub(super) struct Declared<'a>(pub(super) &'a Declaration);

impl Verifier for Declared<'_> {
    fn name(&self) -> String {
        self.0.pattern.clone()
    }

    fn plan(&self, credential: &Credential) -> Result<Vec<Planned>, String> {
        let values = Values::new(credential);
        let mut planned = Vec::new();
        for (number, step) in self.0.steps.iter().enumerate() {
            let names_taken = self.0.steps[..number].iter().flat_map(|step| &step.take).map(|(name, _)| name.as_str());
            let host = match step.request.host.names().any(|name| names_taken.clone().any(|taken| taken == name)) {
                true => step.request.host.written(),
                false => values.host(&step.request)?,
            };
            planned.push(Planned {
                host,
                is_from_content: step.request.host.literal().is_none(),
                method: step.request.method.word(),
                path: step.request.path.written(),
            });
        }
        if let Some(first) = self.0.steps.first() {
            values.call(&first.request)?;
        }
        Ok(planned)
    }

    fn verify(&self, credential: &Credential, session: &Session<'_>) -> Verification {
        let mut told = Verification::not_checked("nothing was asked");
        let mut values = Values::new(credential);
        for step in &self.0.steps {
            let is_decided = told.validity == Validity::Active;
            match ask(step, &mut values, session, &mut told) {
                // What was decided stays so, whatever becomes of later questions.
                _ if is_decided => told.validity = Validity::Active,
                Ok(()) if told.validity == Validity::Inactive => return told,
                Ok(()) => {}
                Err(undecided) => {
                    told.validity = undecided;
                    return told;
                }
            }
        }
        if told.validity != Validity::Active {
            told.validity = Validity::Unknown { why: "no answer decided".into() };
        }
        told
    }
}

/// Carries out one step, at each host until one does not refuse. Fails with the validity where the chain cannot go on.
fn ask(step: &Step, values: &mut Values<'_>, session: &Session<'_>, told: &mut Verification) -> Result<(), Validity> {
    let mut call = values.call(&step.request).map_err(|why| Validity::NotChecked { why })?;
    let mut undecided = None;
    let first = call.host.clone();
    for host in std::iter::once(&first).chain(&step.request.other_hosts) {
        call.host.clone_from(host);
        match ask_at(step, &call, values, session, told) {
            Ok(true) => return Ok(()),
            Ok(false) => {}
            Err(why) => undecided = undecided.or(Some(why)),
        }
    }
    match undecided {
        Some(why) => Err(why),
        None => {
            told.validity = Validity::Inactive;
            Ok(())
        }
    }
}

/// Asks one host: true if the chain may go on, false if the credential was refused.
fn ask_at(
    step: &Step,
    call: &Call,
    values: &mut Values<'_>,
    session: &Session<'_>,
    told: &mut Verification,
) -> Result<bool, Validity> {
    let answer = session.send(call).map_err(Validity::from)?;
    let reading = Reading::new(&answer);
    match reading.judge(step) {
        Verdict::Inactive => return Ok(false),
        Verdict::Active => told.validity = Validity::Active,
        Verdict::Undecided(_) if step.active.is_empty() && reading.is_success() => {}
        Verdict::Undecided(why) => return Err(Validity::Unknown { why: format!("{} {why}", call.host) }),
    }
    reading.tell(&step.facts, session.veil, told);
    for (name, at) in &step.take {
        let Some(value) = reading.take(at) else {
            let why = format!("{} did not give the `{name}` that the next question needs", call.host);
            return Err(Validity::Unknown { why });
        };
        values.taken.insert(name.clone(), Zeroizing::new(value));
    }
    Ok(true)
}
