//! Registries of packages and images: where they are, as settings name them.

use crate::model::secret::Credential;

/// Host and folder of the registry beside a credential, such as `npm.acme.example` and `/repository/js`; if that cannot be told,
/// why.
pub(super) fn place(credential: &Credential) -> Result<(String, String), String> {
    let written = credential.parts.get("registry").and_then(|part| std::str::from_utf8(part.expose()).ok());
    let written = written.ok_or("it needs `registry`, which did not stand near it")?;
    let (host, folder) = written.trim_end_matches('/').split_once('/').unwrap_or((written.trim_end_matches('/'), ""));
    let (name, port) = host.rsplit_once(':').unwrap_or((host, "443"));
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte));
    let is_step = |step: &str| {
        let is_fit = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        !step.trim_matches('.').is_empty() && step.bytes().all(is_fit)
    };
    let is_folder = folder.is_empty() || folder.split('/').all(is_step);
    if !is_name || port.parse::<u16>().is_err() || !is_folder {
        return Err("what stands beside it is no address of a registry".into());
    }
    let folder = if folder.is_empty() { String::new() } else { format!("/{folder}") };
    Ok((host.to_ascii_lowercase(), folder))
}
