//! Translations of the keys that our mails use, in our own words; the English ones say what Rocket.Chat's say.

const LANGUAGES: [&str; 6] = ["en", "de", "es", "fr", "it", "pt"];

const NEW_ONE: [&str; 6] = [
    "Let's get you a new one!",
    "Hier bekommst du ein neues!",
    "¡Vamos a darte una nueva!",
    "Nous allons vous en donner un nouveau !",
    "Te ne diamo una nuova!",
    "Vamos dar-lhe uma nova!",
];

/// In the order of [`LANGUAGES`]. `[…]` is a placeholder, filled after the translation.
#[rustfmt::skip]
const TEXTS: [(&str, [&str; 6]); 19] = [
    ("Hi", ["Hi", "Hallo", "Hola", "Bonjour", "Ciao", "Olá"]),
    ("Hi_username", ["Hi [name]", "Hallo [name]", "Hola, [name]", "Bonjour [name]", "Ciao [name]", "Olá, [name]"]),
    ("Login", ["Login", "Anmelden", "Iniciar sesión", "Se connecter", "Accedi", "Entrar"]),
    ("Email_Changed_Email_Subject", [
        "[Site_Name] - Email address has been changed",
        "[Site_Name] - E-Mail-Adresse wurde geändert",
        "[Site_Name] - La dirección de correo ha cambiado",
        "[Site_Name] - L’adresse e-mail a été modifiée",
        "[Site_Name] - L’indirizzo e-mail è stato cambiato",
        "[Site_Name] - O endereço de e-mail foi alterado",
    ]),
    ("Your_email_address_has_changed", [
        "Your email address has been changed.",
        "Deine E-Mail-Adresse wurde geändert.",
        "Se ha cambiado tu dirección de correo.",
        "Votre adresse e-mail a été modifiée.",
        "Il tuo indirizzo e-mail è stato cambiato.",
        "O seu endereço de e-mail foi alterado.",
    ]),
    ("Your_new_email_is_email", [
        "Your new email address is <strong>[email]</strong>.",
        "Deine neue E-Mail-Adresse ist <strong>[email]</strong>.",
        "Tu nueva dirección de correo es <strong>[email]</strong>.",
        "Votre nouvelle adresse e-mail est <strong>[email]</strong>.",
        "Il tuo nuovo indirizzo e-mail è <strong>[email]</strong>.",
        "O seu novo endereço de e-mail é <strong>[email]</strong>.",
    ]),
    ("Welcome_to", [
        "Welcome to [Site_Name]",
        "Willkommen bei [Site_Name]",
        "Te damos la bienvenida a [Site_Name]",
        "Bienvenue sur [Site_Name]",
        "Benvenuto su [Site_Name]",
        "Bem-vindo ao [Site_Name]",
    ]),
    ("Forgot_Password_Email_Subject", [
        "[Site_Name] - Password Recovery",
        "[Site_Name] - Passwort zurücksetzen",
        "[Site_Name] - Recuperación de la contraseña",
        "[Site_Name] - Récupération du mot de passe",
        "[Site_Name] - Recupero della password",
        "[Site_Name] - Recuperação da palavra-passe",
    ]),
    ("Forgot_password", [
        "Forgot your password?",
        "Passwort vergessen?",
        "¿Has olvidado tu contraseña?",
        "Mot de passe oublié ?",
        "Password dimenticata?",
        "Esqueceu-se da palavra-passe?",
    ]),
    // Before the migration 310 the key had no underscore at its end.
    ("Lets_get_you_new_one", NEW_ONE),
    ("Lets_get_you_new_one_", NEW_ONE),
    ("Reset", ["Reset", "Zurücksetzen", "Restablecer", "Réinitialiser", "Reimposta", "Repor"]),
    ("If_you_didnt_ask_for_reset_ignore_this_email", [
        "If you didn't ask for your password reset, you can ignore this email.",
        "Wenn du kein neues Passwort verlangt hast, ignoriere diese E-Mail.",
        "Si no has pedido una contraseña nueva, ignora este correo.",
        "Si vous n’avez pas demandé de nouveau mot de passe, ignorez cet e-mail.",
        "Se non hai chiesto una nuova password, ignora questa e-mail.",
        "Se não pediu uma nova palavra-passe, ignore este e-mail.",
    ]),
    ("Verification_Email_Subject", [
        "[Site_Name] - Email address verification",
        "[Site_Name] - Bestätigung der E-Mail-Adresse",
        "[Site_Name] - Verificación de la dirección de correo",
        "[Site_Name] - Vérification de l’adresse e-mail",
        "[Site_Name] - Verifica dell’indirizzo e-mail",
        "[Site_Name] - Verificação do endereço de e-mail",
    ]),
    ("Verification_email_body", [
        "Please press the button below to confirm your email address.",
        "Bitte bestätige deine E-Mail-Adresse mit der Schaltfläche unten.",
        "Pulsa el botón de abajo para confirmar tu dirección de correo.",
        "Appuyez sur le bouton ci-dessous pour confirmer votre adresse e-mail.",
        "Premi il pulsante qui sotto per confermare il tuo indirizzo e-mail.",
        "Use o botão abaixo para confirmar o seu endereço de e-mail.",
    ]),
    ("Verify_your_email", [
        "Verify your email",
        "E-Mail-Adresse bestätigen",
        "Verificar el correo",
        "Vérifier l’adresse e-mail",
        "Verifica l’indirizzo e-mail",
        "Verificar o e-mail",
    ]),
    ("Here_is_your_authentication_code", [
        "Here is your authentication code:",
        "Hier ist dein Bestätigungscode:",
        "Este es tu código de autenticación:",
        "Voici votre code d’authentification :",
        "Ecco il tuo codice di autenticazione:",
        "Aqui está o seu código de autenticação:",
    ]),
    ("Do_not_provide_this_code_to_anyone", [
        "Do not provide this code to anyone.",
        "Gib diesen Code an niemanden weiter.",
        "No facilites este código a nadie.",
        "Ne communiquez ce code à personne.",
        "Non comunicare questo codice a nessuno.",
        "Não forneça este código a ninguém.",
    ]),
    ("If_you_didnt_try_to_login_in_your_account_please_ignore_this_email", [
        "If you didn't try to login in your account please ignore this email.",
        "Wenn du nicht versucht hast, dich anzumelden, ignoriere diese E-Mail.",
        "Si no has intentado iniciar sesión, ignora este correo.",
        "Si vous n’avez pas essayé de vous connecter, ignorez cet e-mail.",
        "Se non hai provato ad accedere, ignora questa e-mail.",
        "Se não tentou entrar na sua conta, ignore este e-mail.",
    ]),
];

/// The text of a key in a language such as `pt-BR`, else in English; the key itself where there is none.
#[must_use]
pub fn translate<'a>(language: &str, key: &'a str) -> &'a str {
    let primary = language.split(['-', '_']).next().unwrap_or_default();
    let column = LANGUAGES.iter().position(|known| known.eq_ignore_ascii_case(primary)).unwrap_or(0);
    TEXTS.iter().find(|(known, _)| *known == key).map_or(key, |(_, texts)| texts[column])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_fall_back_to_their_base_and_to_english() {
        for (language, text) in
            [("de", "Hallo"), ("pt-BR", "Olá"), ("DE_at", "Hallo"), ("xx", "Hi"), ("", "Hi"), ("en", "Hi")]
        {
            assert_eq!(translate(language, "Hi"), text, "{language}");
        }
        assert_eq!(translate("de", "No_such_key"), "No_such_key");
    }

    #[test]
    fn every_translation_keeps_the_placeholders_of_the_english_text() {
        for (key, texts) in TEXTS {
            for placeholder in ["[name]", "[email]", "[Site_Name]"] {
                let kept = texts.iter().filter(|text| text.contains(placeholder)).count();
                assert!(kept == 0 || kept == texts.len(), "{key}: {placeholder}");
            }
        }
    }
}
