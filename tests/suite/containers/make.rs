//! Archives of every kind, made on the spot.

use std::io::Write;

use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use flate2::{Compression, GzBuilder};

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// With the name of the file that was compressed.
pub(crate) fn gzip_named(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzBuilder::new().filename(name).write(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn bzip2(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn xz(bytes: &[u8]) -> Vec<u8> {
    let options = lzma_rust2::XzOptions::with_preset(1);
    let mut encoder = lzma_rust2::XzWriter::new(Vec::new(), options).unwrap();
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn zstd(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}

pub(crate) fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A tar archive of files.
pub(crate) fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive: Vec<u8> = files.iter().flat_map(|(name, bytes)| tar_member(name, b'0', bytes)).collect();
    archive.resize(archive.len() + 1024, 0);
    archive
}

/// One member with its header, of any kind.
pub(crate) fn tar_member(name: &str, kind: u8, bytes: &[u8]) -> Vec<u8> {
    let mut header = tar_header(name, kind, &format!("{:011o}\0", bytes.len()));
    header.extend_from_slice(bytes);
    header.resize(header.len().next_multiple_of(512), 0);
    header
}

/// A header whose length is what it says.
pub(crate) fn tar_header(name: &str, kind: u8, size: &str) -> Vec<u8> {
    let mut header = vec![0; 512];
    header[..name.len()].copy_from_slice(name.as_bytes());
    header[100..108].copy_from_slice(b"0000644\0");
    header[124..124 + size.len()].copy_from_slice(size.as_bytes());
    header[156] = kind;
    header[257..265].copy_from_slice(b"ustar\x0000");
    header[148..156].fill(b' ');
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    header
}

/// A zip archive being made.
#[derive(Default)]
pub(crate) struct Zip {
    pub(crate) bytes: Vec<u8>,
    pub(crate) list: Vec<u8>,
    pub(crate) count: u16,
}

/// What an entry says of itself.
#[derive(Clone, Copy)]
pub(crate) struct Claim {
    pub(crate) flags: u16,
    pub(crate) method: u16,
    pub(crate) packed: u32,
    pub(crate) unpacked: u32,
}

impl Zip {
    /// Deflated.
    pub(crate) fn file(self, name: &str, bytes: &[u8]) -> Self {
        self.packed(name, 8, &deflate(bytes), bytes.len())
    }

    /// As it is.
    pub(crate) fn stored(self, name: &str, bytes: &[u8]) -> Self {
        self.packed(name, 0, bytes, bytes.len())
    }

    pub(crate) fn packed(self, name: &str, method: u16, data: &[u8], length: usize) -> Self {
        let claim = Claim { flags: 0, method, packed: data.len() as u32, unpacked: length as u32 };
        self.claiming(name, claim, data)
    }

    pub(crate) fn claiming(mut self, name: &str, claim: Claim, data: &[u8]) -> Self {
        let offset = self.bytes.len() as u32;
        let fields = |into: &mut Vec<u8>| {
            into.extend_from_slice(&claim.flags.to_le_bytes());
            into.extend_from_slice(&claim.method.to_le_bytes());
            into.extend_from_slice(&[0; 8]);
            into.extend_from_slice(&claim.packed.to_le_bytes());
            into.extend_from_slice(&claim.unpacked.to_le_bytes());
            into.extend_from_slice(&(name.len() as u16).to_le_bytes());
            into.extend_from_slice(&[0; 2]);
        };
        self.bytes.extend_from_slice(b"PK\x03\x04\x14\0");
        fields(&mut self.bytes);
        self.bytes.extend_from_slice(name.as_bytes());
        self.bytes.extend_from_slice(data);
        self.list.extend_from_slice(b"PK\x01\x02\x14\0\x14\0");
        fields(&mut self.list);
        self.list.extend_from_slice(&[0; 10]);
        self.list.extend_from_slice(&offset.to_le_bytes());
        self.list.extend_from_slice(name.as_bytes());
        self.count += 1;
        self
    }

    /// Once more the member that is first in the list, under this name.
    pub(crate) fn first_again(mut self, name: &str) -> Self {
        let length = usize::from(u16::from_le_bytes([self.list[28], self.list[29]]));
        assert_eq!(length, name.len());
        let mut entry = self.list[..46 + length].to_vec();
        entry[46..].copy_from_slice(name.as_bytes());
        self.list.extend_from_slice(&entry);
        self.count += 1;
        self
    }

    pub(crate) fn end(mut self) -> Vec<u8> {
        let start = self.bytes.len() as u32;
        self.bytes.extend_from_slice(&self.list);
        self.bytes.extend_from_slice(b"PK\x05\x06\0\0\0\0");
        self.bytes.extend_from_slice(&self.count.to_le_bytes());
        self.bytes.extend_from_slice(&self.count.to_le_bytes());
        self.bytes.extend_from_slice(&(self.list.len() as u32).to_le_bytes());
        self.bytes.extend_from_slice(&start.to_le_bytes());
        self.bytes.extend_from_slice(&[0; 2]);
        self.bytes
    }
}
