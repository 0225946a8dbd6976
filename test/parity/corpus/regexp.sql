-- https://trino.io/docs/476/functions/regexp.html
SELECT regexp_like('abc123', '\d+'), regexp_like('abc', '^b'), regexp_like('abc', '^abc$'), regexp_like(null, 'a'), regexp_like('a.c', 'a\.c'), regexp_like('Hello', '(?i)hello'), regexp_like('x', '[^a-c]');
SELECT regexp_like('é1_', '^\w+$'), regexp_like('a٣', '\d'), regexp_like('a b', '\s'), regexp_like('foo bar', '\bbar\b'), regexp_like('tab' || chr(9), '\t'), regexp_like('a' || chr(10) || 'b', 'a.b');
SELECT regexp_extract('abc123', '[a-z]+'), regexp_extract('abc123', '([a-z]+)(\d+)', 2), regexp_extract('abc', '\d'), regexp_extract('abc123def456', '\d+'), regexp_extract(null, 'a'), regexp_extract('2024-01-05', '(\d{4})-(\d{2})-(\d{2})', 1);
SELECT regexp_extract('abc', '(x)?abc', 1), regexp_extract('ab', '(a)|(b)', 2), regexp_extract('key=value', '(\w+)=(\w+)', 0);
SELECT regexp_extract_all('1a2b14m', '\d+'), regexp_extract_all('1a2b14m', '(\d+)([a-z]+)', 2), regexp_extract_all('abc', '\d');
SELECT regexp_replace('1a 2b 14m', '\d+[ab] '), regexp_replace('1a 2b 14m', '(\d+)([ab]) ', '3c$2 '), regexp_replace('abc', 'b', '[$0]'), regexp_replace('abc', '(a)(b)', '$2$1'), regexp_replace('a.b.c', '\.', '-'), regexp_replace('abc', 'x', 'y'), regexp_replace('a  b   c', '\s+', ' '), regexp_replace('cost 5', '\d', '\$');
SELECT regexp_split('1a 2b 14m', '\s*[a-z]+\s*'), regexp_split('a,b;c', '[,;]'), regexp_split('abc', ',');
SELECT regexp_count('1a 2b 14m', '\d+'), regexp_count('abc', 'x'), regexp_count('aaaa', 'aa');
SELECT regexp_like('foobar', 'foo(?=bar)');
SELECT regexp_like('aa', '(a)\1');
SELECT regexp_replace('abc', '', 'x');
SELECT regexp_like('a', a) FROM (VALUES 'a') AS t(a);
SELECT regexp_extract(email, '@(.+)$', 1) AS domain FROM (VALUES 'a@x.com', 'b@y.org', 'none') AS t(email) ORDER BY 1;
SELECT regexp_like('a', '[');
SELECT regexp_extract('abc', 'b', 1);
SELECT regexp_like('prefix-123-suffix', '^(?:prefix|other)-\d{1,3}-.*?x$'), regexp_like('aaa', 'a{2,}'), regexp_like('ab', 'a|b|c');
