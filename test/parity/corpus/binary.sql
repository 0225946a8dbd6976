-- https://trino.io/docs/476/functions/binary.html and url.html
SELECT to_hex(X'00ff'), from_hex('00FF'), from_hex('00ff'), to_hex(to_utf8('é'));
SELECT from_hex('0g');
SELECT to_base64(to_utf8('hello')), from_base64('aGVsbG8='), to_base64(X'');
SELECT md5(to_utf8('a')), sha1(to_utf8('a')), sha256(to_utf8('a')), sha512(to_utf8('a')), to_hex(md5(to_utf8(''))), lower(to_hex(sha256(to_utf8('x' || 'y'))));
SELECT crc32(to_utf8('hello'));
SELECT md5('a');
SELECT X'61' = X'61', X'61' < X'62', X'61' IN (X'61');
SELECT url_extract_host('https://example.com:8080/a/b?x=1&y=2#frag'), url_extract_path('https://example.com/a/b?x=1'), url_extract_protocol('https://example.com'), url_extract_query('https://example.com/a?x=1&y=2'), url_extract_fragment('http://a/b#frag'), url_extract_parameter('http://a/b?x=1&y=2', 'y'), url_extract_parameter('http://a/b?x=1', 'z'), url_extract_host('http://user@host/p');
SELECT url_encode('a b&c/é~*'), url_decode('a+b%26c'), url_decode('%C3%A9');
SELECT xxhash64(to_utf8('a'));
