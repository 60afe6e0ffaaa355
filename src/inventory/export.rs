//! The inventory in forms that others read: our own JSON, CycloneDX 1.7, CSV. No secret is in any of them, as none is in it.

use serde_json::{Value, json};

use super::{Error, to_json};
use crate::model::inventory::{Credential, Integration, Inventory};
use crate::model::sheet::harmless;
use crate::model::time::When;

/// Our own JSON.
pub fn json(inventory: &Inventory) -> Result<String, Error> {
    Ok(serde_json::to_string_pretty(&to_json(inventory)?).map_err(|error| Error::Other(error.to_string()))? + "\n")
}

/// CycloneDX 1.7: every credential is a component of type `cryptographic-asset`, its `value` left out.
pub fn cyclonedx(inventory: &Inventory) -> Result<String, Error> {
    let components: Vec<Value> = inventory
        .integrations
        .iter()
        .flat_map(|integration| {
            integration.credentials.iter().map(move |credential| component(integration, credential))
        })
        .collect();
    let document = json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.7.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.7",
        "version": 1,
        "metadata": {"tools": {"components": [{"type": "application", "name": "straykey", "version": env!("CARGO_PKG_VERSION")}]}},
        "components": components,
    });
    Ok(serde_json::to_string_pretty(&document).map_err(|error| Error::Other(error.to_string()))? + "\n")
}

fn component(integration: &Integration, credential: &Credential) -> Value {
    let mut material = json!({"type": material_type(&credential.r#type), "id": credential.id});
    let mut put = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            material[name] = value.into();
        }
    };
    let day = |when: &Option<When>| when.as_ref().map(|when| When::at(when.seconds()).text().to_owned());
    put("state", credential.state.and_then(|state| serde_json::to_value(state).ok()?.as_str().map(str::to_owned)));
    put("creationDate", day(&credential.created_at));
    put("updateDate", day(&credential.last_rotated));
    put("expirationDate", day(&credential.expires_at));
    if let Some(store) = &credential.store {
        material["securedBy"] = json!({"mechanism": store});
    }
    let mut properties = vec![
        json!({"name": "straykey:integration", "value": integration.id}),
        json!({"name": "straykey:provider", "value": credential.provider}),
        json!({"name": "straykey:owner", "value": integration.owner.business}),
    ];
    // A keyed hash is none of CycloneDX's algorithms: `fingerprint` there is for hashes that anybody can compute.
    properties.extend(credential.fp.iter().map(|fp| json!({"name": "straykey:fingerprint", "value": fp})));
    properties.extend(credential.public_id.iter().map(|id| json!({"name": "straykey:public-id", "value": id})));
    json!({
        "type": "cryptographic-asset",
        "bom-ref": format!("credential:{}", credential.id),
        "name": credential.id,
        "cryptoProperties": {"assetType": "related-crypto-material", "relatedCryptoMaterialProperties": material},
        "properties": properties,
    })
}

fn material_type(name: &str) -> &'static str {
    let lower = name.to_ascii_lowercase();
    match () {
        () if lower.contains("password") => "password",
        () if lower.contains("private") => "private-key",
        () if lower.contains("token") || lower.contains("pat") => "token",
        () => "credential",
    }
}

/// The columns of the CSV: one row for each credential.
const COLUMNS: [&str; 16] = [
    "id",
    "integration",
    "purpose",
    "owner.business",
    "owner.technical",
    "source_system",
    "target_system",
    "environments",
    "lifecycle",
    "provider",
    "type",
    "fp",
    "public_id",
    "created_at",
    "expires_at",
    "last_rotated",
];

/// CSV, which `inventory import csv` reads again. What a spreadsheet would take for a formula is made harmless.
pub fn csv(inventory: &Inventory) -> Result<String, Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let failed = |error: csv::Error| Error::Other(error.to_string());
    writer.write_record(COLUMNS).map_err(failed)?;
    for integration in &inventory.integrations {
        for credential in &integration.credentials {
            let when = |when: &Option<When>| when.as_ref().map(|when| when.text().to_owned()).unwrap_or_default();
            let lifecycle =
                serde_json::to_value(integration.lifecycle).ok().and_then(|value| value.as_str().map(str::to_owned));
            let row = [
                credential.id.clone(),
                integration.id.clone(),
                integration.purpose.clone(),
                integration.owner.business.clone(),
                integration.owner.technical.clone().unwrap_or_default(),
                integration.source_system.clone(),
                integration.target_system.clone(),
                integration.environments.join(" "),
                lifecycle.unwrap_or_default(),
                credential.provider.clone(),
                credential.r#type.clone(),
                credential.fp.join(" "),
                credential.public_id.clone().unwrap_or_default(),
                when(&credential.created_at),
                when(&credential.expires_at),
                when(&credential.last_rotated),
            ];
            writer.write_record(row.iter().map(|field| harmless(field))).map_err(failed)?;
        }
    }
    let bytes = writer.into_inner().map_err(|error| Error::Other(error.to_string()))?;
    String::from_utf8(bytes).map_err(|error| Error::Other(error.to_string()))
}
