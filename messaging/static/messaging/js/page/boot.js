// Runs before the first paint: tells the style sheets that there is a script, and the server the time zone.
document.documentElement.dataset.js = "";
{
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone && !document.cookie.includes(`time_zone=${zone}`)) {
    document.cookie = `time_zone=${zone}; path=/; max-age=31536000; samesite=lax`;
  }
}
