/**
 * What `/_cottage/telemetry.js` is: sends errors and the load time to `/_cottage/beacon`. It never throws, never logs,
 * and stops after twenty messages, so that a broken app does not become a flood. Addresses lose their query, where
 * apps put what is nobody's business.
 */
export const TELEMETRY_SCRIPT = `(function () {
  'use strict';
  try {
    var left = 20;
    var text = function (value) {
      return String(value).slice(0, 300);
    };
    var send = function (beacon) {
      try {
        if (left > 0) navigator.sendBeacon('/_cottage/beacon', JSON.stringify(beacon));
        left -= 1;
      } catch (ignored) {}
    };
    addEventListener('error', function (event) {
      send({
        kind: 'error',
        message: text(event.message),
        source: text(event.filename || '').split(/[?#]/)[0],
        line: event.lineno || 0,
        column: event.colno || 0,
      });
    });
    addEventListener('unhandledrejection', function (event) {
      send({ kind: 'error', message: text((event.reason && event.reason.message) || event.reason) });
    });
    addEventListener('load', function () {
      setTimeout(function () {
        try {
          var timing = performance.getEntriesByType('navigation')[0];
          send({ kind: 'load', durationMs: Math.round(timing.duration) });
        } catch (ignored) {}
      }, 0);
    });
  } catch (ignored) {}
})();
`;

/** With which headers it goes out, as far as they are its own. Short, so that a new one is everywhere soon. */
export const TELEMETRY_HEADERS = {
  contentType: 'text/javascript; charset=utf-8',
  cacheControl: 'public, max-age=300',
};
