// What the portal says about itself: the address without query values, the document's HTTP status, and its clock.

// The clock is the `Date` of an answer to a HEAD request without cookies: it neither touches the holder's session nor
// shows in it. A page whose policy forbids the request has no clock to offer; the caller then says so.
const answerPortal = async (request) => {
  const entry = performance.getEntriesByType('navigation')[0];
  const status = entry && entry.responseStatus ? entry.responseStatus : null;
  const address = `${location.origin}${location.pathname}${location.hash.split('?')[0]}`;
  let date = null;
  let retryAfter = null;
  // Whether it answers at all; nothing where the page's policy forbids asking.
  let reached = null;
  if (request.date) {
    let forbidden = false;
    const forbid = () => { forbidden = true; };
    document.addEventListener('securitypolicyviolation', forbid);
    try {
      const answer = await fetch(`${location.origin}/`, { method: 'HEAD', credentials: 'omit', cache: 'no-store', signal: AbortSignal.timeout(5000) });
      // What a cache kept is dated by its keeping.
      date = Number(answer.headers.get('age')) > 0 ? null : answer.headers.get('date');
      retryAfter = answer.headers.get('retry-after');
      reached = true;
    } catch {
      date = null;
      // Word of a policy comes after the refusal.
      await new Promise((goOn) => setTimeout(goOn, 50));
      reached = forbidden ? null : false;
    }
    document.removeEventListener('securitypolicyviolation', forbid);
    // The browser's own page, in place of one that could not be loaded.
    if (location.protocol === 'chrome-error:' || document.documentURI.indexOf('about:neterror') === 0) reached = false;
  }
  return { is: 'portal', address, status, date, retryAfter, reached };
};
