//! Documents: what a person reads in them, where the bytes alone do not show it.

use std::io::Write;
use std::process::{Command, Stdio};

use super::make::{Zip, zlib};
use super::{found, missed, one, scan};
use crate::harness::token;

/// A token in two pieces.
fn halves(number: u64) -> (String, String) {
    let token = token(number);
    let (first, second) = token.split_at(9);
    (first.to_owned(), second.to_owned())
}

const TYPES: &[u8] = b"<?xml version=\"1.0\"?><Types/>";

#[test]
fn words_split_over_runs_are_joined() {
    let (first, second) = halves(1);
    let document = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<w:document xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\">\
         <w:body><w:p><w:r><w:t>Set up</w:t></w:r></w:p><w:p><w:r><w:t xml:space=\"preserve\">key &amp; {first}</w:t></w:r>\
         <w:proofErr w:type=\"spellStart\"/><w:r><w:rPr><w:b/></w:rPr><w:t>{second}</w:t></w:r></w:p></w:body></w:document>"
    );
    let docx = Zip::default().file("[Content_Types].xml", TYPES).file("word/document.xml", document.as_bytes()).end();
    one(&docx, "word/document.xml!text", 2, 7);
}

#[test]
fn cells_and_slides_are_read() {
    let (first, second) = halves(1);
    let strings = format!(
        "<?xml version=\"1.0\"?><sst xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><si><t>x</t></si>\
         <si><r><t>{first}</t></r><r><t>{second}</t></r></si></sst>"
    );
    one(&Zip::default().file("xl/sharedStrings.xml", strings.as_bytes()).end(), "xl/sharedStrings.xml!text", 2, 1);
    let slide = format!(
        "<?xml version=\"1.0\"?><p:sld xmlns:a=\"http://schemas.openxmlformats.org/drawingml/2006/main\"><a:p><a:r><a:t>{first}</a:t>\
         </a:r><a:r><a:t>{second}</a:t></a:r></a:p></p:sld>"
    );
    one(&Zip::default().file("ppt/slides/slide1.xml", slide.as_bytes()).end(), "ppt/slides/slide1.xml!text", 1, 1);
}

/// What stands there in one piece is told where it stands in the XML, once.
#[test]
fn whole_words_are_told_in_the_part_itself() {
    let token = token(1);
    let document = format!(
        "<?xml version=\"1.0\"?>\n<w:document xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\">\n<w:t>{token}</w:t></w:document>"
    );
    one(&Zip::default().file("word/document.xml", document.as_bytes()).end(), "word/document.xml", 3, 6);
}

/// A page that shows `text`, deflated.
pub(super) fn pdf(text: &[u8]) -> Vec<u8> {
    let shown = String::from_utf8_lossy(text).replace('\n', ") Tj T* (");
    page(&format!("BT /F1 12 Tf 72 720 Td ({shown}) Tj ET"), "")
}

fn page(content: &str, others: &str) -> Vec<u8> {
    let content = zlib(content.as_bytes());
    let mut pdf =
        format!("%PDF-1.4\n%\u{e2}\u{e3}\n4 0 obj\n<< /Length {} /Filter /FlateDecode >>\nstream\n", content.len())
            .into_bytes();
    pdf.extend_from_slice(&content);
    pdf.extend_from_slice(b"\nendstream\nendobj\n");
    pdf.extend_from_slice(others.as_bytes());
    pdf.extend_from_slice(b"trailer << /Root 1 0 R >>\n%%EOF\n");
    pdf
}

#[test]
fn pages_are_read() {
    let token = token(1);
    let scan = scan(&page(&format!("BT /F1 12 Tf 72 720 Td (key) Tj 0 -14 Td ({token}) Tj ET"), ""));
    assert_eq!(found(&scan)[0].0, "object 4");
    let (first, second) = halves(1);
    let rest = &second[..10];
    let last = &second[10..];
    let split =
        page(&format!("BT /F1 12 Tf 72 720 Td (key) Tj 0 -14 Td [({first}) -12 ({rest}) 3.5] TJ ({last}) Tj ET"), "");
    one(&split, "text", 3, 1);
}

#[test]
fn pages_whose_fonts_number_their_glyphs_are_read() {
    let token = token(1);
    let code = |character: char| u32::from(character) - 29;
    let shown: String = token.chars().map(|character| format!("{:04X}", code(character))).collect();
    let others = format!(
        "5 0 obj << /Type /Font /Subtype /Type0 /ToUnicode 6 0 R >> endobj 3 0 obj << /Font << /F1 5 0 R >> >> endobj\n{}",
        ""
    );
    let mut file = page(&format!("BT /F1 12 Tf 1 0 0 1 72 720 Tm <{shown}> Tj ET"), &others);
    let cmap = zlib(
        b"/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <0000> <FFFF> endcodespacerange\n\
          1 beginbfchar <0003> <0020> endbfchar 2 beginbfrange <0004> <0042> <0021> <0043> <0061> <0060> endbfrange endcmap",
    );
    file.extend_from_slice(format!("6 0 obj << /Length {} /Filter /FlateDecode >> stream\r\n", cmap.len()).as_bytes());
    file.extend_from_slice(&cmap);
    file.extend_from_slice(b"\r\nendstream endobj\n");
    one(&file, "text", 2, 1);
}

#[test]
fn an_encrypted_pdf_is_told() {
    let mut file = page("BT (x) Tj ET", "");
    file.extend_from_slice(b"trailer << /Encrypt 9 0 R >>");
    missed(&scan(&file), None, &["encrypted", "decrypt it"]);
}

/// A notebook with one cell of these lines.
fn notebook(text: &str) -> Vec<u8> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    serde_json::to_vec_pretty(&serde_json::json!({
        "cells": [{"cell_type": "code", "outputs": [{"name": "stdout", "text": lines}], "source": ["print(1)\n", "x = 2"]}],
        "metadata": {}, "nbformat": 4, "nbformat_minor": 5,
    }))
    .unwrap()
}

/// An RSA key over several lines.
fn key() -> String {
    let body = "MIIEowIBAAKCAQEAx2Y0dTkqN1Vw8bLmR4vCuYh1NsEoJ5aPdGi8TWqfB7kQ2xw9\n";
    format!("-----BEGIN RSA PRIVATE {0}-----\n{1}{1}-----END RSA PRIVATE {0}-----\n", "KEY", body)
}

/// JSON hides nothing: lines of a cell, each a string, are told where they stand.
#[test]
fn notebooks_are_read_with_their_outputs() {
    for text in [format!("key\n{}\n", token(1)), key()] {
        let places = found(&scan(&notebook(&text)));
        assert_eq!(places.len(), 1);
        assert_eq!(places[0].0, "as it is");
    }
}

/// A key whose lines are paragraphs is told without what stands between them, once.
#[test]
fn keys_over_several_paragraphs_are_told_once() {
    let paragraph = |line: &str| format!("<w:p><w:r><w:t>{line}</w:t></w:r></w:p>");
    let lines: String = key().lines().map(paragraph).collect();
    let document = format!(
        "<?xml version=\"1.0\"?><w:document xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\">{lines}</w:document>"
    );
    one(&Zip::default().file("word/document.xml", document.as_bytes()).end(), "word/document.xml!text", 1, 1);
    one(document.as_bytes(), "text", 1, 1);
}

/// Rows that do not fit into a page are put together; the others are seen as they stand.
#[test]
fn large_rows_of_sqlite_are_joined() {
    let script = "import sqlite3, sys\n\
                  db = sqlite3.connect(sys.argv[1])\n\
                  db.execute('PRAGMA page_size = 4096')\n\
                  db.execute('CREATE TABLE t (a TEXT)')\n\
                  db.execute('INSERT INTO t VALUES (?)', (sys.stdin.read(),))\n\
                  db.execute('INSERT INTO t VALUES (?)', ('small',))\n\
                  db.commit()\n";
    let folder = crate::harness::Sandbox::new();
    let mut found_inside = 0;
    // A row of so many bytes goes over from the second of its pages to the third near here.
    for at in (4_860..4_920).step_by(10) {
        let text = format!("{}{}{}", " ".repeat(at), token(1), " ".repeat(9_000 - at - token(1).len()));
        let path = folder.at(&format!("{at}.db"));
        let mut child = Command::new("python3").args(["-c", script]).arg(&path).stdin(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        assert!(child.wait().unwrap().success());
        let scan = scan(&std::fs::read(path).unwrap());
        assert_eq!(scan.matches.len(), 1, "at {at}");
        assert_eq!(scan.missed, []);
        found_inside += usize::from(scan.matches[0].inside.is_some());
    }
    assert!(found_inside > 0, "one lay across two pages");
}

/// Strings in compiled code are seen as they are.
#[test]
fn compiled_code_is_read() {
    let folder = crate::harness::Sandbox::new();
    let source = folder.write("secrets_of.py", format!("KEY = '{}'\n", token(1)));
    let compile = format!("import py_compile; py_compile.compile({:?}, cfile={:?})", source, folder.at("x.pyc"));
    let status = Command::new("python3").args(["-c", &compile]).status().unwrap();
    assert!(status.success());
    assert_eq!(found(&scan(&std::fs::read(folder.at("x.pyc")).unwrap())).len(), 1);
    // An executable: strings between zeros in its data.
    let mut program = b"\x7fELF\x02\x01\x01".to_vec();
    program.resize(4096, 0x90);
    program.extend_from_slice(format!("\0usage: %s\0{}\0", token(2)).as_bytes());
    program.resize(9000, 0);
    assert_eq!(found(&scan(&program)).len(), 1);
}
