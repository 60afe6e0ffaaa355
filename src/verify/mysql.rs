//! Logs in to MySQL, MariaDB and what speaks their protocol.

use ring::digest::{Algorithm, SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use zeroize::Zeroizing;

use super::egress::{Connection, Door, Unanswered};
use super::login::{Account, Login, Server, stranger};

/// What both sides can: long passwords, the newer protocol, TLS, the newer login, named ways to log in.
const BASE: u32 = 0x0001 | 0x0200 | 0x8000 | 0x0008_0000;
const TLS: u32 = 0x0800;
/// The largest packet that we would take.
const MOST_PACKET: u32 = 1 << 24;
/// UTF-8.
const CHARSET: u8 = 33;
/// Wrong user or password.
const WRONG: u16 = 1045;
/// Packets that are read at most.
const MOST: usize = 16;
/// The longest packet, in bytes.
const LONGEST: usize = 16 << 10;

const NATIVE: &[u8] = b"mysql_native_password";
const CACHING: &[u8] = b"caching_sha2_password";
const CLEAR: &[u8] = b"mysql_clear_password";

/// Passwords in connection URIs.
pub(super) static URI: Server = server(true);
/// Passwords in Go's data source names.
pub(super) static DSN: Server = server(false);

const fn server(is_uri: bool) -> Server {
    Server { name: "mysql", port: 3306, tls: None, needs_user: true, is_uri, log_in }
}

/// What a server says before anything else.
struct Greeting {
    abilities: u32,
    salt: Vec<u8>,
    plugin: Vec<u8>,
}

fn log_in(account: &Account, door: &Door<'_>) -> Result<Login, Unanswered> {
    let mut connection = door.connect()?;
    let (mut number, packet) = read(&mut connection)?;
    if packet.first() == Some(&0xff) {
        return Ok(judge(&packet));
    }
    let Some(greeting) = greeting(&packet) else { return Ok(stranger("MySQL")) };
    let mut abilities = BASE;
    if greeting.abilities & TLS != 0 {
        abilities |= TLS;
        number += 1;
        send(&mut connection, number, &opening(abilities))?;
        connection = connection.secure()?;
    }
    let plugin = if greeting.plugin == CACHING { CACHING } else { NATIVE };
    let proof = proof(plugin, &account.password, &greeting.salt, &connection).unwrap_or_default();
    let user = account.user.as_bytes();
    let length = [u8::try_from(proof.len()).unwrap_or_default()];
    let hello = [&opening(abilities), user, &[0], &length, proof.as_slice(), plugin, &[0]].concat();
    send(&mut connection, number + 1, &hello)?;
    answer(account, connection, plugin)
}

/// Follows the server until it has decided.
fn answer(account: &Account, mut connection: Connection, mut plugin: &[u8]) -> Result<Login, Unanswered> {
    for _ in 0..MOST {
        let (number, packet) = read(&mut connection)?;
        let reply = match (packet.first(), &packet.get(1..).unwrap_or_default()) {
            (Some(0x00), _) => return Ok(Login::Accepted),
            (Some(0xff), _) => return Ok(judge(&packet)),
            (Some(0xfe), rest) => {
                let mut fields = rest.splitn(2, |byte| *byte == 0);
                let wanted = fields.next().unwrap_or_default();
                let salt = fields.next().unwrap_or_default();
                plugin = [NATIVE, CACHING, CLEAR].into_iter().find(|known| *known == wanted).unwrap_or_default();
                proof(plugin, &account.password, salt, &connection)
            }
            // It knows the password from an earlier login, and goes on to say whether that is it.
            (Some(0x01), [3]) if plugin == CACHING => continue,
            (Some(0x01), [4]) if plugin == CACHING => proof(CLEAR, &account.password, &[], &connection),
            _ => return Ok(stranger("MySQL")),
        };
        let Some(reply) = reply else {
            return Ok(Login::Undecided(
                "asks for another proof than a password, or for the password without TLS".into(),
            ));
        };
        send(&mut connection, number.wrapping_add(1), &reply)?;
    }
    Ok(stranger("MySQL"))
}

/// The beginning of our own greeting, which is also how TLS is asked for.
fn opening(abilities: u32) -> Vec<u8> {
    [&abilities.to_le_bytes(), &MOST_PACKET.to_le_bytes(), [CHARSET].as_slice(), &[0; 23]].concat()
}

fn greeting(packet: &[u8]) -> Option<Greeting> {
    let rest = packet.strip_prefix(&[10])?;
    let end = rest.iter().position(|byte| *byte == 0)?;
    // Behind the version: a number of four bytes, a first piece of salt, and a zero.
    let rest = rest.get(end + 5..)?;
    let (first, rest) = rest.split_at_checked(8)?;
    let (low, rest) = rest.get(1..)?.split_first_chunk::<2>()?;
    let (high, rest) = rest.get(3..)?.split_first_chunk::<2>()?;
    let abilities = u32::from(u16::from_le_bytes(*low)) | u32::from(u16::from_le_bytes(*high)) << 16;
    let length = usize::from(*rest.first()?).saturating_sub(8).max(13);
    let (second, rest) = rest.get(11..)?.split_at_checked(length)?;
    let plugin = rest.split(|byte| *byte == 0).next().unwrap_or_default();
    Some(Greeting { abilities, salt: [first, second].concat(), plugin: plugin.to_vec() })
}

/// What shows that we know the password; none where that cannot be shown in this way.
fn proof(plugin: &[u8], password: &[u8], salt: &[u8], connection: &Connection) -> Option<Zeroizing<Vec<u8>>> {
    let salt = salt.get(..20).unwrap_or(salt);
    match plugin {
        CLEAR => connection.is_secure().then(|| Zeroizing::new([password, &[0]].concat())),
        CACHING => {
            let hash = twice(&SHA256, password);
            Some(mixed(&SHA256, password, &[hash.as_ref(), salt].concat()))
        }
        NATIVE => {
            let hash = twice(&SHA1_FOR_LEGACY_USE_ONLY, password);
            Some(mixed(&SHA1_FOR_LEGACY_USE_ONLY, password, &[salt, hash.as_ref()].concat()))
        }
        _ => None,
    }
}

fn twice(algorithm: &'static Algorithm, password: &[u8]) -> ring::digest::Digest {
    digest(algorithm, digest(algorithm, password).as_ref())
}

/// The hash of the password, masked by that of what both sides know.
fn mixed(algorithm: &'static Algorithm, password: &[u8], known: &[u8]) -> Zeroizing<Vec<u8>> {
    let (hash, mask) = (digest(algorithm, password), digest(algorithm, known));
    Zeroizing::new(hash.as_ref().iter().zip(mask.as_ref()).map(|(hash, mask)| hash ^ mask).collect())
}

fn judge(packet: &[u8]) -> Login {
    match packet.get(1..3).map(|code| u16::from_le_bytes([code[0], code[1]])) {
        Some(WRONG) => Login::Refused("1045"),
        Some(code) => Login::Undecided(format!("answered {code}, which does not tell of the password")),
        None => stranger("MySQL"),
    }
}

/// The next packet, and its number.
fn read(connection: &mut Connection) -> Result<(u8, Vec<u8>), Unanswered> {
    let head = connection.read(4)?;
    let length = usize::from(head[0]) | usize::from(head[1]) << 8 | usize::from(head[2]) << 16;
    // A longer one is nothing that a login needs.
    let packet = connection.read(length.min(LONGEST))?;
    Ok((head[3], packet))
}

fn send(connection: &mut Connection, number: u8, packet: &[u8]) -> Result<(), Unanswered> {
    let length = (packet.len() as u32).to_le_bytes();
    connection.send(&Zeroizing::new([&length[..3], &[number], packet].concat()))
}
