// The changes of words: each a function from a text to the text that stands there now.

/** Whole texts by a list, and the rest by patterns; spaces and colons around them stay. */
function reworded(words, patterns = []) {
  return (text) => {
    const bare = text.trim().replace(/:$/, "");
    if (!bare) return text;
    if (Object.hasOwn(words, bare)) return text.replace(bare, () => words[bare]);
    const fits = patterns.find(([pattern]) => pattern.test(bare));
    return fits ? text.replace(bare, () => bare.replace(...fits)) : text;
  };
}

/** E1. */
export const recovery = reworded({ "Ho dimenticato la password": "Hai dimenticato la password?" });

/** E10. */
export const otherButtons = reworded({
  "Conferma": "CONFERMA",
  "Attiva il certificato": "Attiva certificato",
  "Modifica PIN": "Aggiorna PIN",
});

/** E11. */
export const emailAsUser = reworded({ "Inserisci il tuo User ID": "Inserisci il tuo indirizzo e-mail" });

/** E12. */
export const longerPassword = reworded({ "almeno 8 caratteri": "almeno 12 caratteri" });

/** D4: labels. What is agreed to keeps its words, since other words are another consent. */
export const sameMeaning = reworded({
  "Inserisci il tuo User ID": "Il tuo codice utente",
  "Inserisci la tua password": "La tua password di accesso",
  "PIN di firma": "PIN per la firma",
  "Inserisci il PIN di firma": "Digita il PIN per la firma",
  "Scegli un PIN di firma": "Scegli il PIN per la firma",
  "Conferma il PIN": "Ripeti il PIN",
  "Conferma il nuovo PIN di firma": "Ripeti il nuovo PIN per la firma",
  "Imposta il nuovo PIN di firma": "Imposta il nuovo PIN per la firma",
  "Rinnova firma digitale": "Rinnovo della firma digitale",
  "Rinnova firma": "Rinnova la firma",
  "Certificato di firma": "Il tuo certificato di firma",
  "Data di scadenza": "Scade il",
  "Torna alla homepage": "Torna alla home",
}, [[/^Inserisci il codice OTP (.*)$/, "Digita il codice monouso (OTP) $1"]]);

const SPELLED = { "à": "a'", "è": "e'", "é": "e'", "ì": "i'", "ò": "o'", "ù": "u'", "È": "E'" };
const NAMES = "button, label, legend, a, h1, h2, h3, dt, [role=button]";

/** D5: no accents, no-break spaces, buttons in capitals; what is a value stays. */
export function otherSpelling(text, at) {
  if (at?.closest("dd, strong, td")) return text;
  const plain = text.replace(/[àèéìòùÈ]/g, (letter) => SPELLED[letter]);
  if (!at?.closest(NAMES) && !at?.matches("input")) return plain;
  const spaced = plain.replace(/(\S) (?=\S)/g, "$1\u00a0");
  return at.closest("button.bottone") ? spaced.toUpperCase() : spaced;
}

/** D36. */
export const otherWords = reworded({
  "Accedi": "Area riservata",
  "FIRMA REMOTA": "Servizi fiduciari",
  "Inserisci il tuo User ID": "Codice cliente",
  "Inserisci la tua password": "Parola chiave",
  "ACCEDI →": "Entra",
  "Ho dimenticato la password": "Serve aiuto?",
  "Accedi con QR code": "Entra con lo smartphone",
  "Certificato di firma": "I miei titoli",
  "Visualizza i dati del tuo certificato di firma": "Consulta dati e durata",
  "Rinnova firma digitale": "Proroga",
  "Rinnova la tua firma prima della scadenza": "Estendi la durata del titolo",
  "Rinnova ora": "Proroga subito",
  "Codici OTP": "Sicurezza",
  "PIN di firma": "Codice segreto",
  "Inserisci il PIN di firma": "Otto cifre",
  "Modifica il tuo PIN di firma": "Cambia il codice segreto",
  "Sospensione e revoca firma": "Blocco",
  "Rinnova firma": "Avvia",
  "Torna alla homepage": "Indietro",
  "Data di scadenza": "Fino al",
  "Data di attivazione": "Dal",
  "Stato": "Situazione",
  "Rinnovo": "Proroga",
  "Consensi": "Dichiarazioni",
  "Conferma l'operazione": "Verifica",
  "Attiva il certificato": "Completa",
  "Confermo": "È tutto invariato",
  "Accetto le": "Sottoscrivo i",
  "condizioni generali di servizio": "termini contrattuali",
  "Conferma": "Prosegui",
  "Annulla": "Chiudi",
  "Invia nuovo OTP": "Non è arrivato?",
  "Imposta il nuovo PIN di firma": "Nuovo codice segreto",
  "Scegli un PIN di firma": "Codice segreto",
  "Conferma il PIN": "Ancora una volta",
  "Conferma il nuovo PIN di firma": "Otto cifre",
  "✔ Il tuo certificato di Firma Remota è stato rinnovato": "Proroga concessa",
}, [
  [/^Ciao, (.*)$/, "Bentornato, $1"],
  [/^Inserisci il codice OTP.*$/, "Digita le cifre ricevute"],
  [/^Il tuo certificato di firma scade tra (\d+) giorn[io]$/, "Il tuo titolo dura ancora $1 giorni"],
]);

/** D23. */
export const english = reworded({
  "Accedi": "Sign in",
  "FIRMA REMOTA": "REMOTE SIGNATURE",
  "Inserisci il tuo User ID": "Enter your User ID",
  "Inserisci la tua password": "Enter your password",
  "ACCEDI →": "SIGN IN →",
  "Ho dimenticato la password": "I forgot my password",
  "Hai dimenticato la password?": "Forgot your password?",
  "Accedi con QR code": "Sign in with QR code",
  "Inquadra il codice con l'app MiaFirma Mobile.": "Scan the code with the MiaFirma Mobile app.",
  "Accedi con User ID e password": "Sign in with User ID and password",
  "User ID e password": "User ID and password",
  "Campo obbligatorio": "Required field",
  "Mostra password": "Show password",
  "Nascondi password": "Hide password",
  "Mostra PIN": "Show PIN",
  "Nascondi PIN": "Hide PIN",
  "La tua password è scaduta": "Your password has expired",
  "Per continuare imposta una nuova password.": "Set a new password to continue.",
  "Password attuale": "Current password",
  "Nuova password": "New password",
  "Conferma la nuova password": "Confirm the new password",
  "Imposta password": "Set password",
  "almeno 8 caratteri": "at least 8 characters",
  "almeno 12 caratteri": "at least 12 characters",
  "lettere maiuscole e minuscole": "upper and lower case letters",
  "almeno un numero": "at least one digit",
  "almeno un carattere speciale (& % ! \" ( ) ? ^ + [ ] . , _)": "at least one special character (& % ! \" ( ) ? ^ + [ ] . , _)",
  "non più di due caratteri identici consecutivi": "no more than two identical characters in a row",
  "Password impostata. Accedi con la nuova password.": "Password set. Sign in with the new password.",
  "Recupero password": "Password recovery",
  "Continua": "Continue",
  "Torna all'accesso": "Back to sign in",
  "Se lo User ID è corretto riceverai un'e-mail con le istruzioni.": "If the User ID is correct you will receive an e-mail with instructions.",
  "Esci": "Sign out",
  "Home": "Home",
  "Rinnova ora": "Renew now",
  "Certificato di firma": "Signature certificate",
  "Visualizza i dati del tuo certificato di firma": "View the details of your signature certificate",
  "Rinnova firma digitale": "Renew digital signature",
  "Rinnova la tua firma prima della scadenza": "Renew your signature before it expires",
  "Codici OTP": "OTP codes",
  "Gestisci i codici OTP collegati al tuo profilo": "Manage the OTP codes linked to your profile",
  "Report": "Reports",
  "Gestisci il report di firma e l'indirizzo e-mail sul quale desideri riceverlo": "Manage the signature report and the e-mail address it is sent to",
  "PIN di firma": "Signature PIN",
  "Modifica il tuo PIN di firma": "Change your signature PIN",
  "Sospensione e revoca firma": "Suspend and revoke signature",
  "Sospendi temporaneamente la tua firma": "Suspend your signature for a while",
  "Sospendi": "Suspend",
  "Revoca": "Revoke",
  "La sospensione blocca temporaneamente la firma. La revoca è definitiva: per firmare di nuovo servirà un nuovo certificato.": "Suspending stops the signature for a while. Revoking is final: to sign again you will need a new certificate.",
  "La tua firma è sospesa.": "Your signature is suspended.",
  "La tua firma è revocata.": "Your signature is revoked.",
  "Stato": "Status",
  "Attivo": "Active",
  "Sospeso": "Suspended",
  "Revocato": "Revoked",
  "Scaduto": "Expired",
  "Bloccato": "Locked",
  "Titolare": "Holder",
  "Codice fiscale": "Tax code",
  "Data di attivazione": "Valid from",
  "Data di scadenza": "Expiry date",
  "Rinnovo": "Renewal",
  "non effettuato": "not done",
  "da completare": "to be completed",
  "non più disponibile": "no longer available",
  "dati variati": "data changed",
  "Torna alla homepage": "Back to the home page",
  "Percorso": "Path",
  "Il tuo certificato scade il": "Your certificate expires on",
  "Rinnova firma": "Renew signature",
  "Rinnova con Coupon": "Renew with coupon",
  "Riprendi": "Resume",
  "Hai un rinnovo da completare": "You have a renewal to complete",
  "Il certificato è scaduto e non può essere rinnovato. Richiedi un nuovo certificato.": "The certificate has expired and cannot be renewed. Request a new certificate.",
  "Il certificato è sospeso e non può essere rinnovato.": "The certificate is suspended and cannot be renewed.",
  "Il certificato è revocato e non può essere rinnovato. Richiedi un nuovo certificato.": "The certificate is revoked and cannot be renewed. Request a new certificate.",
  "Il certificato è già stato rinnovato una volta e non può essere rinnovato di nuovo. Richiedi un nuovo certificato.": "The certificate has been renewed once and cannot be renewed again. Request a new certificate.",
  "Le tue informazioni personali risultano variate: non è possibile rinnovare il certificato. Richiedi un nuovo certificato.": "Your personal information has changed: the certificate cannot be renewed. Request a new certificate.",
  "Chiudi": "Close",
  "Consensi": "Consents",
  "Conferma l'operazione": "Confirm the operation",
  "Attiva il certificato": "Activate the certificate",
  "Io sottoscritto": "I, the undersigned",
  "titolare della firma con IUT": "holder of the signature with IUT",
  "in scadenza il": "expiring on",
  "richiedo a EnteCert S.p.A. (esercizio) di procedere con il rinnovo del servizio.": "ask EnteCert S.p.A. (esercizio) to renew the service.",
  "Accetto le": "I accept the",
  "condizioni generali di servizio": "general terms of service",
  "Accetto la conservazione dei dati biometrici": "I accept that biometric data are kept",
  "Confermi che le informazioni personali comunicate al momento della registrazione del certificato di Firma siano tuttora valide per richiedere un nuovo certificato qualificato?": "Do you confirm that the personal information given when the signature certificate was registered is still valid for requesting a new qualified certificate?",
  "Se le tue informazioni personali hanno subito variazioni, sarà necessario": "If your personal information has changed, you will have to",
  "richiedere un nuovo certificato": "request a new certificate",
  "Confermo": "I confirm",
  "Inserisci il PIN di firma": "Enter the signature PIN",
  "Annulla": "Cancel",
  "Conferma": "Confirm",
  "Invia nuovo OTP": "Send new OTP",
  "Invia nuova richiesta": "Send new request",
  "Codice OTP": "OTP code",
  "Imposta il nuovo PIN di firma": "Set the new signature PIN",
  "Scegli un PIN di firma": "Choose a signature PIN",
  "Conferma il PIN": "Confirm the PIN",
  "Conferma il nuovo PIN di firma": "Confirm the new signature PIN",
  "Codice Coupon": "Coupon code",
  "Inserisci il codice OTP generato dal tuo token": "Enter the OTP code from your token",
  "Inserisci il codice OTP generato dalla tua app di autenticazione": "Enter the OTP code from your authenticator app",
  "Approva l'operazione sull'app MiaFirma Mobile e premi Conferma": "Approve the operation in the MiaFirma Mobile app and press Confirm",
  "✔ Il tuo certificato di Firma Remota è stato rinnovato": "✔ Your remote signature certificate has been renewed",
  "Nuova scadenza": "New expiry date",
  "Per utilizzare il tuo certificato e firmare i tuoi documenti scarica MiaFirma Mobile e attiva le notifiche push per confermare le firme.": "To use your certificate and sign your documents, download MiaFirma Mobile and turn on push notifications to confirm signatures.",
  "Richiedi un nuovo certificato": "Request a new certificate",
  "Il rilascio di un nuovo certificato richiede un nuovo riconoscimento e ha un costo di 36,00 €.": "A new certificate takes a new identification and costs 36.00 €.",
  "Paga 36,00 €": "Pay 36.00 €",
  "Portale di esercizio — nessun dato reale": "Practice portal — no real data",
  "PIN attuale": "Current PIN",
  "Nuovo PIN": "New PIN",
  "Conferma il nuovo PIN": "Confirm the new PIN",
  "Modifica PIN": "Change PIN",
  "PIN modificato.": "PIN changed.",
  "Salva": "Save",
  "Modifica salvata.": "Change saved.",
  "Scegli come ricevere i codici OTP": "Choose how to receive OTP codes",
  "OTP - Su App MiaFirma Mobile": "OTP - in the MiaFirma Mobile app",
  "Inviami il report di firma": "Send me the signature report",
  "Indirizzo e-mail": "E-mail address",
  "Il PIN deve essere composto da 8 cifre": "The PIN must have 8 digits",
  "Il PIN non può contenere più di 3 cifre uguali consecutive": "The PIN must not have more than 3 equal digits in a row",
  "I PIN inseriti non coincidono": "The PINs do not match",
  "PIN bloccato. Richiedi un nuovo certificato.": "PIN locked. Request a new certificate.",
  "Codice OTP errato": "Wrong OTP code",
  "Codice OTP scaduto. Richiedi un nuovo codice.": "OTP code expired. Request a new code.",
  "Codice OTP già utilizzato": "OTP code already used",
  "Numero massimo di tentativi raggiunto. L'operazione è stata annullata.": "Too many attempts. The operation was cancelled.",
  "Utenza bloccata per troppi tentativi errati. Per sbloccarla utilizza la funzione \"Ho dimenticato la password\".": "Account locked after too many wrong attempts. To unlock it use \"I forgot my password\".",
  "Sessione scaduta": "Session expired",
  "Sessione terminata": "Session ended",
  "Per motivi di sicurezza la sessione è terminata. Accedi di nuovo.": "For security reasons the session has ended. Sign in again.",
  "Servizio non disponibile": "Service unavailable",
  "Errore": "Error",
}, [
  [/^Ciao, (.*)$/, "Hello, $1"],
  [/^Il tuo certificato di firma scade tra (\d+) giorn[io]$/, "Your signature certificate expires in $1 days"],
  [/^effettuato il (.*)$/, "done on $1"],
  [/^Cifra (\d) di (\d)$/, "Digit $1 of $2"],
  [/^Inserisci il codice OTP inviato al numero (.*)$/, "Enter the OTP code sent to $1"],
  [/^Il codice scade tra (.*)$/, "The code expires in $1"],
  [/^Il codice è scaduto$/, "The code has expired"],
  [/^La richiesta scade tra (.*)$/, "The request expires in $1"],
  [/^User ID o password non corretti\. Tentativi rimasti: (\d+)$/, "Wrong User ID or password. Attempts left: $1"],
  [/^PIN di firma errato\. Tentativi rimasti: (\d+)$/, "Wrong signature PIN. Attempts left: $1"],
  [/^Il certificato non è al momento rinnovabile\. Potrai rinnovarlo a partire dal (.*)\.$/, "The certificate cannot be renewed yet. You can renew it from $1."],
  [/^Il termine per il rinnovo è scaduto il (.*)\. Richiedi un nuovo certificato\.$/, "The term for the renewal ended on $1. Request a new certificate."],
  [/^Il certificato è già stato rinnovato il (.*)\.$/, "The certificate was renewed on $1."],
]);

export function inEnglish() {
  document.documentElement.lang = "en";
}
