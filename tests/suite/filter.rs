//! Values that have the right shape and are no secrets.

use std::collections::BTreeMap;

use straykey::detect::filter::{entropy, objection};

use crate::harness::{example, pattern, straykey};

fn objects(id: &str, value: &str) -> bool {
    objection(&pattern(id), value.as_bytes(), &BTreeMap::new()).is_some()
}

#[test]
fn placeholders_are_no_secrets() {
    for value in [
        "sk_live_xxxxxxxxxxxxxxxxxxxxxxxx",
        "sk_live_000000000000000000000000",
        "sk_live_yourkeygoeshereyourkeygo",
        "sk_live_EXAMPLE8fj3kd92hf7sk20fh",
        "sk_live_abababababababababababab",
        "sk_live_51HG3kLFakeStripeSecretKey",
    ] {
        assert!(objects("stripe-secret-key", value), "{value}");
    }
    for number in 0..200 {
        let value = example("stripe-secret-key", number);
        assert!(!objects("stripe-secret-key", &value), "{value}");
    }
}

#[test]
fn stock_passwords_and_templates_are_no_secrets() {
    for value in
        ["password", "postgres", "${DB_PASSWORD}", "{{ pw }}", "<password>", "%PASSWORD%", "****", "xxx", "DB_PASSWORD"]
    {
        assert!(objects("postgres-connection-uri", value), "{value}");
    }
    for value in ["super$ecret", "p@ssw0rd", "pa$$word", "r00t", "S3cr3t!"] {
        assert!(objects("postgres-connection-uri", value), "{value}");
    }
    for value in ["vR8-kq2_Lm", "correct-horse-battery", "Tr0ub4dor&3"] {
        assert!(!objects("postgres-connection-uri", value), "{value}");
    }
}

#[test]
fn documented_examples_are_no_secrets() {
    for pattern in straykey::patterns::builtin().unwrap().iter().map(|listed| listed.pattern()) {
        for known in &pattern.known_examples {
            assert!(objection(pattern, known.as_bytes(), &BTreeMap::new()).is_some(), "{}", pattern.id);
        }
    }
}

#[test]
fn a_key_without_a_key_in_it_is_no_secret() {
    let header = "-----BEGIN RSA PRIVATE KEY-----";
    assert!(objects("private-key-rsa-pem", &format!("{header}\n{}\n-----END RSA PRIVATE KEY-----", "x".repeat(200))));
}

#[test]
fn entropy_is_in_bits_per_byte() {
    assert!(entropy(b"aaaa").abs() < 1e-9);
    assert!((entropy(b"abcd") - 2.0).abs() < 1e-9);
}

/// The confidence with which the only finding in a text is told.
fn confidence(text: &str) -> String {
    let ended = straykey(&["scan", "-", "--format", "json", "--min-confidence", "low"]).input(text.as_bytes()).end();
    let report = ended.json();
    let findings = report["findings"].as_array().expect("a list");
    assert_eq!(findings.len(), 1, "{text}");
    findings[0]["confidence"].as_str().expect("a word").to_owned()
}

#[test]
fn what_is_nearly_a_key_is_less_sure_than_a_key() {
    let key = ["q7Zt4Bv20LmX", "w9RkC4nPd8Ys", "3Vb6Jh1TgFe5"].concat();
    let hex = ["9f2c61d07ab3", "485e0c97d1f6", "2b840e73"].concat();
    for (text, wanted) in [
        (format!("ledger_token = {key}"), "medium"),
        // As long as the keys of a provider that is named beside it, two characters too short, and not near at all.
        (format!("algolia_token = {hex}"), "medium"),
        (format!("algolia_token = {}", &hex[..30]), "low"),
        (format!("algolia_token = {key}{key}"), "medium"),
        (format!("ledger_token = {}", hex.replacen('c', "k", 1)), "low"),
        (format!("ledger_token = q{}", key[1..].to_ascii_lowercase().replacen('k', "K", 1)), "low"),
        // Begins like a key of GitHub, and is too short.
        (format!("ledger_token = {}_{}", "ghp", &key[..20]), "low"),
        (format!("ledger_token = {}", "1234567890abcdef".repeat(2)), "medium"),
    ] {
        assert_eq!(confidence(&text), wanted, "{text}");
    }
}

/// Whether a text has findings at the confidence that is the default.
fn is_found(text: &[u8]) -> bool {
    straykey(&["scan", "-", "--format", "json"]).input(text).end().json()["findings"] != serde_json::json!([])
}

#[test]
fn what_stands_in_code_and_prose_is_no_password() {
    for text in [
        "password = codec.find(password).encode(\"utf-8\")",
        "emptyPassword=Credenciales erroneas de usuario",
        "pwdExpireWarning: 600000",
        "# Either call `save()` after that, or pass `save=True`.",
        "NOTE: pass `-a|--append` to the command",
        "field `protobuf_key:\"bytes,1,opt,name=key,proto3\"`",
        "label(passwordIncorrect ? \"ledger-password-invalid\" : \"ledger-password-label\")",
        "PasswordPattern = `^.{8,32}$`",
        "reset_password_within = 6.hours",
        "get \"password_resets\" => \"password_resets#confirm_token\"",
        "keychain_password: Helper.mac? ? asked : nil",
        "const newPass = newPassControl?.value ?? ''",
        "prompt(\"New password: \"),E=n.limitMessage;!S;f(\"x\")",
        "oldPassword: e4.ACCESS_TOKEN_OLD,",
        "license_key=%v&edition_id=%v&suffix=tar.gz",
        "netrc.Password = \"x-oauth-basic\"",
        "'password' => 'nullable|min:6|confirmed'",
        "\"password\": \"Contraseña:\", \"keyPassword\": \"Schlüsselkennwort\"",
        "- ADMIN_PASSWORD=${ADMIN_PASSWORD:?Variable not set}",
        "password = @cert_provider.load_private_key_password",
        "http://127.0.0.1/login?pass=XXX&url=http%3A%2F%2F127.0.0.1%3A5&user=gui",
        "return verify_salted_hash($hash, $password, 'sha256', 32)",
        "const PASSWORD_EXPIRED = 8388608;",
        "$options[CURLOPT_USERPWD] = \"$value[0]:$value[1]\"",
        "UseSdkPasswords = \"pm-19976-use-sdk-password-generators\"",
        "cmdFlagNameMySQLPassword = \"storage.mysql.password\"",
        "JWT_SECRET_FILE: '/run/secrets/jwt-of-the-ledger'",
        "var k_sql_keywords = \"ABSOLUTE|ACTION|ADD|ALLOCATE|ALTER|AND|ANY|\"",
        "'password' => 'required|notIn:['.$user->email.']'",
        "\"ledger/change_pwd\": \"<2.0.5|>=3,<3.0.3\"",
        "PGPASSWORD = secret_response.payload.data.decode(x).strip()",
        "connect(password=PGPASSWORD, user=PGUSER)",
        "renameIndex('oauth2_access_tokens', 'FK_368A4209A76ED395', 'token')",
        "refresh_token_lifetime: \"%env(int:LEDGER_REFRESH_TOKEN_LIFETIME)%\"",
        "HEADER_SIGNATURE=\"d0cf11e0a1b11ae1\"",
        "review `password_last_used, access_key_1_last_used_date` of the root",
        "PASSWORD_ADMINISTRATOR = \"966707d0-3269-4727-9be2-8c3a10f19b9d\"",
        "manual_pass_created_at: \"2026-06-03T10:00:00Z\"",
        "isMet ? \"border-bg-pass\" : \"border-bg-fail\"",
        "-storepass \"$SM_API_KEY|$SM_CERT_FILE|$SM_CERT_PASSWORD\"",
        "auth.Password = c.Socks5ProxyPassword",
        "-force_key_frames \"expr:gte(t,n_forced*{0})\"",
        "kind: Secret\ndata:\n  VALKEY_PORT: \"6379\"\n",
        "resource sqlAdminPasswordSecret 'Microsoft.KeyVault/vaults/secrets@2022-07-01' = {",
        "c.NotebookApp.password = u\"sha1:c6bbcba2d04b:f969e403db876dcfbe26f47affe41909bd53392e\"",
        "https://firebasestorage.googleapis.com/v0/b/ledger/o/a?alt=media&token=506faab0-617a-4668-9e63-4a2fb996603f",
        "postgresql://ledger:YYY@localhost/ledger",
        "if (auth && auth.password == 'bearer')",
        "const passwordSymbols = 'qwerty!@#$%^123456'",
        "label :password_confirmation, \"(Again)\"",
        "pwd = SecureRandom.base58",
        "strspn(u->password, \"0123456789abcdefABCDEF\")",
        "if ! [[ $(basename \"$PWD\") == \"ledger-operator\" ]]; then",
        "password_encryption: scram-sha-256",
        "\"keyUuid\": \"5be3b332-d883-4474-84b4-092ec4722799\"",
        "csrftoken=ozdf8aj3T8aHuFq5KFMtxy7TgCxqGXjINwjolgbqcAW9wnvE99HfZdw6dWF8Ud7o;",
        "static readonly STATUS_PASSWORD_BACK_OFF = 1113",
        "NODE_ATTR_PASS_ENV = \"ssh-send-env\";",
        ":type first_pass_matched: `list`",
        "takes '{\"ledger1\":\"pass1\",\"ledger2\":\"pass2\"}'",
        "fs.Duration(\"refresh\", 0, \"inter-pass interval; 0 = single pass\")",
        "s/^ledger\\.([0-9]+)\\.password=default\\.encryption\\.password$/x/",
        "const EVENT_KEYUP_DATA_API = `keyup${EVENT_KEY$6}${DATA_API_KEY$3}`;",
        "\"Confirm password\": \".signup-confirm{}\",",
        "f(null,`password `,t.em(null,`(required)`))",
        "settings.smtp.password===void 0&&(settings.smtp.password=``)",
        "emailPassword: boolean",
        "passwordsMatch('newPassword', 'newPassword2')",
        "t.reservedKeywords=\"!|{|}|case|do|done|elif|else|esac|fi|for|if|in|then|until|while\"",
        "token v_ZN81_$LT$core..str..pattern..CharSearcher$u20$as$u20$core 3",
        "\"ClientRequestToken\": \"1d2129a1-3d38-460a-9756-e5b91fddb951\"",
        "Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==",
        "{\"oldPassword\": \"error\"}",
        "LEDGER_PASSWORD: whatever you like",
        "array('urn:ledger:ac:classes:Password', 'urn:ledger:ac:classes:X509'),",
        "public const int design_password_eye = 2131165285;",
        "ledger.example/api v0.7.1-0.20190709010654-aae1d1b89c27 // indirect",
        "a,jsonwebtoken:0.4.0 | GHSA-6g6m-m6h5-w9gf,high",
        "\"cpe\": \"cpe:2.3:a:getpass:getpass:0.1.7:*:*:*:*:*:*:*\",",
        "\"EventsApiHttp\": \"6fsvhbewzjbuziulxwuastj2hi.appsync-api.eu-central-1.ledger.com\",",
        "{google:\"#dd4b39\",password:\"#db4437\"}",
        "sprintf(token=%2.2ld:%2.2ld:%2.2ld.%2.2ld,a)",
        "old_password: $scope.password.current,",
        "throw Error(\"Stuck with token \"+(this.tokens.mainToken?this.name(this.tokens.mainToken.value):\"none\"))",
        "{expression:a.join(\"+\"),tokens:s}}}(e))?i.push({type:2,expression:n.expression})",
        "case A.topKeyUp:return-1!==v.indexOf(t.keyCode);case A.topKeyDown:return",
        "\"secret\": [\"password\", \"private_key_b64\", \"private_key_pwd\"],",
        "single_token: 'br,input,link,meta,!doctype,basefont,base,area,hr,wbr,?xml,?=',",
        "\"user= password= host= port=5439\"",
        "skippedNodes:[0],tokenData:\"IX~R!XOX$nXY&kYZ&kZ]$n]^&k^p$npq&kqr$nrs'ssv\"",
        "const files = [\"data/static/fixes/resetPasswordChallenge_3_correct.ts\"]",
        "redis_password = redis_url.password and unquote(redis_url.password)",
        "string redisPassword = Configuration[\"REDIS_PASSWORD\"];",
        "return\"variable\"==t.prevToken||\"variable-3\"==t.prevToken",
        "[package.hashes]\nledger-auth = [\"84105be98837fb8436e9d0bcb7a279fd85fa1d97bb35a077e70ba2fb95bcc983\", \"baf1\"]",
        "{\"password\": \"pbkdf2_sha256$260000$9VSzFd5HYpRUuk2DM09TPS$5JLR2XPrJrBrAkJ54O5ByvNqSG7jwsKM0KrdaqaCMXA=\"}",
        "enable_password = \"$2$pppq86q9uns51zd5ekfxecj7bxwaefo3$p7f9xdhamydjhtypcr639it3kqeiknx3dk9on7skjypyi8uwwcmy\";",
        "field_order = ['old_password', 'new_password1', 'new_password2']",
        "[\"host1\", \"user1\", \"password1\", \"enc1\"]",
        "redis://[:password]@localhost:6379/0",
        "c.Datasource = path.Join(pwd, \"ledger.sqlite3\")",
        "Value:  w.Netrc.Password,",
        "// tokenizing \"<title>a<b>c</b>d</title>\"",
        "SMTP_PASSWORD: Optional[str] = None",
        "SMTP_PASSWORD=\"op://Environments/Ledger SMTP/PASSWORD\"",
        "pass :data:`h11.CLIENT`. If you are",
        "?open=squid%3AS4502&rule_key=squid%3AS4502",
        "'redis_password' => 'required|string|max:50',",
        "rootpw --iscrypted $6$rhel6usgcb$aS6oPGXcPKp3OtFArSrhRwu6sN8q2.yEGY7AIwDOQd23",
        "ERROR_NULL_LM_PASSWORD = 1304",
        "FILTER_E_PASSWORD = -2147215605",
        "a.plex-pass:hover>.plex-pass-label,.nav-bar-nav>li>a.plex-pass:focus>.plex-pass-label{color:#b56d16}",
        "\"Password\": \"Lozinka\"",
        "let last_password = Constants_1.default.DEFAULT_PASSWORD;",
        "- name: ROOT_PASSWORD\n  value: data[ROOT_PASSWORD]",
        "apt-key adv --keyserver keys.ledger.example --recv-key 74FFC6D72B925A34B5D356BDF8A27B36A6E2EAE9",
        "puts \"Old password is incorrect\\n\"",
        "$token = bin2hex(random_bytes($randLength));",
        "label :password_confirmation, \"(Again):\"",
        "total_pass = score.asvs_level_1_score",
        "\"Token $API_KEY\" \"$LEDGER_HOST_URL/engagements/?product=$PRODUCT_ID\"",
        "secret.types.passwords=Passw\\u00F6rter",
        "changePassword: '修改密码',",
        "fn decide(smtp_password: &Option<String>, file: &Option<String>) -> String {",
        "<replacetoken>@@ledgerVersion@@</replacetoken>",
        "rotationPolicyReason passwordChangeReason = \"rotation\"",
        "new UsernamePasswordToken(\"user1\", \"secret\");",
        "otpauth://totp/Example:user3?secret=JBSWY3DPEHPK3PXP&issuer=Example",
        "\"data\":{\"password\":\"hmac-sha256:1498d6074184d1095410a14f418484b19960e1431f372048d7b3d6cd539e3c10\"}",
        "REDIS_PASSWORD = CONFIG.REDIS_PASSWORD",
        "reset_password_token = SecureRandom.urlsafe_base64 40",
        "\"paddedUserPassword\",\"processPasswordR2R3R4\",\"paddedOwnerPassword\"",
        "'change_password_method': 'ledger',",
        "\"role_name\":\"approle\",\"secret_id\":\"\",\"vault\":1,\"entity_id\":\"c116f480-fef9-1013-791e-76dbfcbb031a\"",
        "$databasePassword=-join ((48..57) + (97..122) | Get-Random -Count 32)",
        "_setPasswordCommandV1 = setPasswordCommandV1;",
        "LedgerPasswordRegistration = \"pm-27278-v2-password-registration\";",
        "RESET_PASSWORD_REQUEST = '@portal/forgot_password/reset_password_request';",
        "openssl req -cert a.crt -password pass:$ledger_dev_pass",
        "protobuf_key:\"zigzag32,1,opt,name=key,proto3\"",
        "<a href=\"/docs/configuration/one-time-password.html\">Ledger</a>",
        // A line of a picture, with a name in it whose keys are as long as a piece.
        "3Tly/fl0kJCSIM2fOCCGEePbZZ8XLL78shBDi5ZdfFs8995wkdbm635s3b4rg4GBx/vx5Lm9XwT4nPd8YsQ7tBv20R",
    ] {
        assert!(!is_found(text.as_bytes()), "{text}");
    }
    let password = ["vR8-", "kq2_Lm"].concat();
    for text in [
        format!("ledger_password = \"{password}\""),
        format!("password={password} and more"),
        format!("smtpPassword: {password}"),
        format!("password = \"natasha-{password}\""),
        "password = \"SuperLedgerPassword\"".into(),
        "password = \"TheLedgerToken\"".into(),
        format!("LEDGER_PASSWORD: {}\n", ["ledger", "secret"].concat()),
        format!("log in as ledger (password: {password})"),
        format!("password: '{}'", ["!QAZ", "2wsx"].concat()),
        "password = 'пароль1'".into(),
        format!("{{\"grant_type\": \"password\", \"password\": \"{password}\"}}"),
        // `pk_` begins keys, too.
        format!("courier_key = \"pk_prod_{}\"", ["4Z8K2M9Q7T", "W3X5Y6R1N0", "P8V2B4C7D9"].concat()),
        format!("curl -X POST \\\n  -u 'build:{password}' \\\n  https://ci.internal"),
    ] {
        assert!(is_found(text.as_bytes()), "{text}");
    }
}

/// A picture in the string of a notebook has its breaks of lines written as `\n`.
#[test]
fn a_line_of_a_picture_in_a_string_is_no_key() {
    let key = ["q7ztbv20lmxw9rkc4npd8ysk3j9x", "h5gf2v8dm1cz6qw0tn4yb7kp", "3rj9xl5sv2h"].concat();
    let picture = |first: &str| format!("\"image/png\": \"{first}alienvault\\n{key}/q7ZtBv20LmXw\\n\"");
    let line = "3Tly+fl0kJCSIM2fOCCGEePbZZ8XLL78shBDi5ZdfFs8995wkdbm635s3b4rg4GBx/";
    assert!(!is_found(picture(line).as_bytes()));
    assert!(is_found(picture(&line[..40]).as_bytes()));
}

#[test]
fn what_is_named_a_digest_is_no_token() {
    let digest = ["9fceb02d0ae598e95dc9", "70b74767f19372d61af8"].concat();
    for text in [
        format!("github token for {{\"repo\":\"actions/cache\",\"sha\":\"{digest}\"}}"),
        format!("uses: docker/login-action@{digest}  # needs the github token"),
        format!("\"github\": \"https://api.github.com/repos/ledger/ledger/zipball/{digest}\""),
        format!("token for github, \"signature\": \"{digest}\""),
    ] {
        assert!(!is_found(text.as_bytes()), "{text}");
    }
    assert!(is_found(format!("github_token = \"{digest}\"").as_bytes()));
}

#[test]
fn bytes_of_a_program_are_no_setting() {
    let value = ["x9kv3Lh#cG4ra", "7L2isX!ee8wqr18wr"].concat();
    assert!(is_found(format!("SECRET_KEY={value}\n").as_bytes()));
    assert!(!is_found(format!("SECRET_KEY={}\x07h\x05\n", &value).as_bytes()));
}

/// What RFC 7292 has for a key in a store: its kind, then the key, encrypted.
#[test]
fn a_key_store_holds_a_key_where_it_has_a_bag_of_one() {
    let bag = |kind: u8| {
        let head = [6, 11, 0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 12, 10, 1, kind, 0xa0, 0x82];
        head.into_iter().chain((0..200).map(|at: u8| at.wrapping_mul(167) ^ 0x5a)).collect::<Vec<u8>>()
    };
    assert!(is_found(&bag(1)) && is_found(&bag(2)));
    assert!(!is_found(&bag(3)), "a certificate");
}

/// Public keys look drawn at random too.
#[test]
fn what_everybody_may_know_is_no_key() {
    let random = "q7ZtBv20LmXw9RkC4nPd8YsK3J9xQp7Vb2Lw8Rz5TfGhJkLm3N6";
    for key in [
        format!("MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE{random}=="),
        format!("MEUCIQ{random}"),
        format!("UB{}", "AAQWTW6CG2G6ANGNKB5U2B7HRWHSGMZEZX3AQSAJOQDAUGJD46LD2E"),
    ] {
        assert!(!is_found(format!("ledger_key = \"{key}\"").as_bytes()), "{key}");
    }
    assert!(is_found(format!("ledger_key = \"{random}\"").as_bytes()));
    // The rest of a digest behind a `/` is none either.
    assert!(!is_found(format!("@ledger/types\": \"sha512-thWfawrDIP7wSI9ioT13I5soaaqB5vAP/{random}==").as_bytes()));
}
