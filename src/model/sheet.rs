//! Fields of tables that are opened in spreadsheets.

/// A field that no spreadsheet takes for a formula.
pub fn harmless(field: &str) -> String {
    if field.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{field}") } else { field.to_owned() }
}
