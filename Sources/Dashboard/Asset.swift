import Crypto
import HTTPTypes
import Hummingbird
import NIOCore

/// A file that pages need. Its address holds a hash of its content, so that a browser may keep it for a year.
struct Asset: Sendable {
    let path: String
    let type: String
    let content: ByteBuffer

    init(_ name: String, _ ending: String, type: String, _ content: String) {
        let hash = SHA256.hash(data: Array(content.utf8)).prefix(8)
        path =
            "/assets/\(name)-\(hash.map(Asset.twoDigits).joined()).\(ending)"
        self.type = type
        self.content = ByteBuffer(string: content)
    }

    private static func twoDigits(_ byte: UInt8) -> String { (byte < 16 ? "0" : "") + String(byte, radix: 16) }

    static let style = Asset("app", "css", type: "text/css; charset=utf-8", Stylesheet.text)
    static let script = Asset("app", "js", type: "text/javascript; charset=utf-8", Script.text)
    static let icon = Asset("icon", "svg", type: "image/svg+xml", Icon.text)
    static let all = [style, script, icon]

    var response: Response {
        Response(
            status: .ok,
            headers: [
                .contentType: type, .cacheControl: "public, max-age=31536000, immutable",
                .xContentTypeOptions: "nosniff",
            ], body: ResponseBody(byteBuffer: content))
    }
}

/// A purse with its drawstring.
enum Icon {
    static let text = """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#0b5d43"/>\
        <path d="M12 6h8l-2 5h-4z" fill="#bfe5d3"/><path d="M10.500 12.500h11c3 3.200 4.500 6 4.500 8.600 0 3.400-3 5.400-10 \
        5.400s-10-2-10-5.400c0-2.600 1.500-5.400 4.500-8.600z" fill="#fff"/>\
        <path d="M16 15.500v8M18.600 17.300c-.6-.8-1.500-1.100-2.600-1.100-1.500 0-2.600.7-2.600 1.700 0 2.500 5.300 1 5.300 3.500 0 \
        1-1.100 1.700-2.700 1.700-1.200 0-2.200-.4-2.800-1.200" fill="none" stroke="#0b5d43" stroke-width="1.500" \
        stroke-linecap="round"/></svg>
        """
}

/// Replaces parts of a page as the server sends them anew, and copies a secret. Without it pages are as complete, and stand still.
enum Script {
    static let text = """
        // Copying wants a browser that lets pages do it; without one the button stays away.
        (() => {
          'use strict';
          for (const button of document.querySelectorAll('[data-copy]')) {
            const field = document.getElementById(button.dataset.copy);
            if (!field || !navigator.clipboard) continue;
            button.hidden = false;
            button.addEventListener('click', async () => {
              field.select();
              try { await navigator.clipboard.writeText(field.value); button.textContent = 'Copied'; }
              catch { button.textContent = 'Copy it by hand'; }
            });
          }
        })();
        (() => {
          'use strict';
          const address = document.body.dataset.live;
          const light = document.getElementById('live');
          if (!address || !window.EventSource || !light) return;
          const waiting = new Map();
          let source = null;

          // Not under somebody's hands: while a part holds the focus or an open list, its newest version waits.
          const isHeld = part =>
            part.contains(document.activeElement) || part.querySelector('details[open]') !== null;

          const show = (id, html) => {
            const part = document.getElementById(id);
            if (!part) return;
            if (isHeld(part)) { waiting.set(id, html); return; }
            waiting.delete(id);
            const made = document.createElement('template');
            made.innerHTML = html;
            part.replaceChildren(made.content);
          };

          const catchUp = () => { for (const [id, html] of [...waiting]) show(id, html); };

          const say = (state, words) => { light.dataset.state = state; light.textContent = words; };

          const open = () => {
            if (source || document.hidden) return;
            source = new EventSource(address);
            source.onopen = () => say('on', 'live');
            source.onerror = () => {
              say('off', 'not live');
              if (source.readyState === EventSource.CLOSED) source = null;
            };
            source.addEventListener('part', event => {
              const cut = event.data.indexOf('\\n');
              show(event.data.slice(0, cut), event.data.slice(cut + 1));
            });
          };

          const close = () => { if (source) source.close(); source = null; };

          document.addEventListener('visibilitychange', () => document.hidden ? close() : open());
          document.addEventListener('focusout', () => setTimeout(catchUp, 0));
          document.addEventListener('toggle', catchUp, true);
          window.addEventListener('pagehide', close);
          window.addEventListener('pageshow', open);
          open();
        })();
        """
}
