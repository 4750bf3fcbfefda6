PRAGMA user_version = 1;
PRAGMA application_id = 1380076108;
BEGIN TRANSACTION;
CREATE TABLE events (
    run TEXT NOT NULL,
    position INTEGER NOT NULL,
    writer TEXT NOT NULL,
    seq INTEGER NOT NULL,
    parent TEXT NOT NULL,
    wall REAL NOT NULL,
    mono REAL NOT NULL,
    boot TEXT NOT NULL,
    type TEXT NOT NULL,
    version INTEGER NOT NULL,
    payload_digest TEXT NOT NULL,
    digest TEXT NOT NULL,
    payload INTEGER NOT NULL,
    PRIMARY KEY (run, position),
    UNIQUE (run, writer, seq)
) WITHOUT ROWID;
INSERT INTO "events" VALUES('20261125-0312-k3f9',1,'writer1',1,'',1795000001.0,1.0,'boot1','run_started',1,'66b4a76959783a10c405394ae1bced307df69343f65d83c4a637e18fc3366d62','b6da96c3edd48f70f4de6217b4e7344d5b5fc52f8bab0463a541bf376a59b85d',1);
INSERT INTO "events" VALUES('20261125-0312-k3f9',2,'writer2',1,'b6da96c3edd48f70f4de6217b4e7344d5b5fc52f8bab0463a541bf376a59b85d',1795000001.0,1.0,'boot1','handed_over',1,'af0423ccae76610f941ff6db7596323e31112eb455d265810429f6f061b8099b','a9a8b9afd71e9c31fd72dbdf903543a541207dfac33dae450d5a39b1313dc4ba',2);
INSERT INTO "events" VALUES('20261125-0312-k3f9',3,'writer2',2,'a9a8b9afd71e9c31fd72dbdf903543a541207dfac33dae450d5a39b1313dc4ba',1795000002.0,2.0,'boot1','driver_changed',1,'adaf53d09e696035f46fa48b56a5434171213b595baa213ab4cbeea7c2d51b47','a9dc5af51c59b11919d72b57655a51cd5cd87825a01b2ae4ebb262cfd3408b7f',3);
INSERT INTO "events" VALUES('20261125-0312-k3f9',4,'writer2',3,'a9dc5af51c59b11919d72b57655a51cd5cd87825a01b2ae4ebb262cfd3408b7f',1795000003.0,3.0,'boot1','run_ended',1,'bb69d06bc4c681b28de2af72447ffee829a58658e74a1532a71794d45b690f3d','ef992f1bcd4be3ad4ce42fe00d880046da38b2cf27e2cd4042b110892c273e9b',4);
INSERT INTO "events" VALUES('20261125-0312-k3f9',5,'writer3',1,'ef992f1bcd4be3ad4ce42fe00d880046da38b2cf27e2cd4042b110892c273e9b',1795000001.0,1.0,'boot1','apart',1,'8568b460ae9986936a5cb43aa0fc549fd25b77e4a280b5677307073c72bc17c8','55f403d1b952fe32898789cbb915426b68ae48113abb20a9283bce076b0aa4d0',5);
INSERT INTO "events" VALUES('20261125-0312-k3f9',6,'writer3',2,'55f403d1b952fe32898789cbb915426b68ae48113abb20a9283bce076b0aa4d0',1795000002.0,2.0,'boot1','apart',1,'89f36a9812553cd0dfec51c2876128f1f0e65f80bfc5e21552a3959856cd54cf','e0e8e7dae9199c33aab84846668fb3bc98e6fc24b98a85ab4d0a552d3d48cdcd',6);
INSERT INTO "events" VALUES('20261125-0312-k3f9',7,'writer3',3,'e0e8e7dae9199c33aab84846668fb3bc98e6fc24b98a85ab4d0a552d3d48cdcd',1795000003.0,3.0,'boot1','apart',1,'13bda56db7431ac27cfe0592820e9707750e475b6eb6f1a09bcdace56d06ffb0','0243cfc374b5263c726f499ad78272c15d1714effd0bc8411dde84c14974b5e2',7);
INSERT INTO "events" VALUES('20261125-0312-k3f9',8,'writer3',4,'0243cfc374b5263c726f499ad78272c15d1714effd0bc8411dde84c14974b5e2',1795000004.0,4.0,'boot1','apart',1,'396f61592c6eae3092e484c30ec46a36ca19f39f87dc2ac2ada423011fde39fa','a474af0c72c942bc9f3364db925832000bda3863013a74432ce45b877e67d598',8);
INSERT INTO "events" VALUES('20261125-0312-k3f9',9,'writer3',5,'a474af0c72c942bc9f3364db925832000bda3863013a74432ce45b877e67d598',1795000005.0,5.0,'boot1','apart',1,'33468dd3573a59b1a06ab9e3fa38bc31709312a2b274ae242aa73789dbfba185','628cd6c3d046280ada6c63867581d036646b0ec99e5aa1067eb2981e71f6c7cf',9);
INSERT INTO "events" VALUES('20261125-0312-k3f9',10,'writer3',6,'628cd6c3d046280ada6c63867581d036646b0ec99e5aa1067eb2981e71f6c7cf',1795000006.0,6.0,'boot1','apart',1,'0c4debe20610ad66830a53653483957fba2e4b77a083c187fd2d636b1128c44e','f44cfe02d697fb9d1ac47142d3bae3906fa2071fa6b8ac88b325b2c296428b0f',10);
INSERT INTO "events" VALUES('20261125-0312-k3f9',11,'writer3',7,'f44cfe02d697fb9d1ac47142d3bae3906fa2071fa6b8ac88b325b2c296428b0f',1795000007.0,7.0,'boot1','apart',1,'00f2c9d3b27de14c496d1ae61f029f1d66a1943813517a9b74aa31decaa9f429','4e41f7dbe20df23570ab3736363f194e81596d7090d7918e6188d528104f6e44',11);
INSERT INTO "events" VALUES('20261125-0312-k3f9',12,'writer3',8,'4e41f7dbe20df23570ab3736363f194e81596d7090d7918e6188d528104f6e44',1795000008.0,8.0,'boot1','apart',1,'61e18ae382894aac38aa7031278192f2e23ab6d618897580425cc20488e42437','2b2f6804fdd99c011c7fc7137dd52c09935469f7144cb449d284491510e4dbac',12);
INSERT INTO "events" VALUES('20261125-0312-k3f9',13,'writer3',9,'2b2f6804fdd99c011c7fc7137dd52c09935469f7144cb449d284491510e4dbac',1795000009.0,9.0,'boot1','apart',1,'2075e45b3d89194f5463d8544255e0cd23f5f1ee9c0cfa445603856719922a49','37128923a26ca8e74b9b9b906b324a36d5cd150cba354d75127bea1bd58247a1',13);
INSERT INTO "events" VALUES('20261125-0312-k3f9',14,'writer3',10,'37128923a26ca8e74b9b9b906b324a36d5cd150cba354d75127bea1bd58247a1',1795000010.0,10.0,'boot1','apart',1,'380de4533ed0ff81c8f0b49259498fd5af203c9d9817187b624aef960d22e578','f838fdc39d1692ee9f72f82311487d15a70fdfe1c5a349013c82be45278defaa',14);
INSERT INTO "events" VALUES('20261125-0312-k3f9',15,'writer3',11,'f838fdc39d1692ee9f72f82311487d15a70fdfe1c5a349013c82be45278defaa',1795000011.0,11.0,'boot1','apart',1,'f46077325a5d86ddee910fd6e1c75bf2c861f83a4f72c0a78965ee516a6abe68','d3960fddebf56e42a4c6d7b11b35522f81e5786cf15180ea6dac500d75fd78a3',15);
INSERT INTO "events" VALUES('20261125-0312-k3f9',16,'writer3',12,'d3960fddebf56e42a4c6d7b11b35522f81e5786cf15180ea6dac500d75fd78a3',1795000012.0,12.0,'boot1','merged',1,'50364b4c2370e806722ee5e8eebc5a72ae37ad35bb6275ceeb50bb969b34c615','a60ce428fd20a78e1bcd7d92fa62aeafae8a342e875902e01fe98d7d905c59d3',16);
CREATE TABLE leases (
    run TEXT NOT NULL PRIMARY KEY,
    token INTEGER NOT NULL,
    held INTEGER NOT NULL,
    writer TEXT NOT NULL,
    who TEXT NOT NULL,
    host TEXT NOT NULL,
    pid INTEGER NOT NULL,
    boot TEXT NOT NULL,
    expires REAL NOT NULL
) WITHOUT ROWID;
INSERT INTO "leases" VALUES('20261125-0312-k3f9',1,1,'writer1','bob','jump2',4711,'boot1',1795000060.0);
CREATE TABLE payloads (
    id INTEGER PRIMARY KEY,
    salt TEXT,
    body TEXT
);
INSERT INTO "payloads" VALUES(1,'00000000000000000000000000000001','{"alert": "Stalled", "annotations": {"summary": "it\nhangs\u0000"}, "digest": "abababababababababababababababababababababababababababababababab", "directory": "/srv", "host": "jump1", "labels": {"namespace": "shop"}, "mode": "interactive", "page": 1794999940.0, "parent_run": "", "path": "ops/worker.md", "program": "0.1.0", "read_only": false, "service": "payments", "source": "# Worker\n\n## Diagnosis\n\n1. Look:\n\n   ```sh {id=look}\n   df -h\n   ```\n", "title": "Worker \udcff \ud83d\udd25", "who": "alice"}');
INSERT INTO "payloads" VALUES(2,'00000000000000000000000000000001','{"note":"I go to bed","to":"bob","who":"alice"}');
INSERT INTO "payloads" VALUES(3,'00000000000000000000000000000002','{"host":"jump2","how":"resume","who":"bob"}');
INSERT INTO "payloads" VALUES(4,'00000000000000000000000000000003','{"how":"answer","note":"for now","outcome":"mitigated"}');
INSERT INTO "payloads" VALUES(5,'00000000000000000000000000000001','{"event":{"boot":"boot1","digest":"bf0b13c62b1fb6b04d0ab7b2aaebcc7f262a9bac92b03854689292c709893f88","mono":2.0,"parent":"b6da96c3edd48f70f4de6217b4e7344d5b5fc52f8bab0463a541bf376a59b85d","payload":{"how":"start","step":"look","visit":1},"payload_digest":"e93ff759ae9e43bf90171fdd7606b1d98375e98cc2601622419a7ef87a90cc89","run":"20261125-0312-k3f9","salt":"00000000000000000000000000000002","seq":2,"type":"visited","version":1,"wall":1795000002.0,"writer":"writer1"}}');
INSERT INTO "payloads" VALUES(6,'00000000000000000000000000000002','{"event":{"boot":"boot1","digest":"3c88b6fdbed8058e45432986de93c0e644ce79a6a98a74aeec0d5fc031892a8a","mono":3.0,"parent":"bf0b13c62b1fb6b04d0ab7b2aaebcc7f262a9bac92b03854689292c709893f88","payload":{"holds":true,"how":"answer","text":"If it is full","visit":1},"payload_digest":"9ae38ae43f4e7c312ac615b083781bfa4d936c160b81f1ea925ecb78fd83f5aa","run":"20261125-0312-k3f9","salt":"00000000000000000000000000000003","seq":3,"type":"guard_answered","version":1,"wall":1795000003.0,"writer":"writer1"}}');
INSERT INTO "payloads" VALUES(7,'00000000000000000000000000000003','{"event":{"boot":"boot1","digest":"5f4d5e989c4a601adf77e076328016f9d3abbd5a823441d456b678d832d52870","mono":4.0,"parent":"3c88b6fdbed8058e45432986de93c0e644ce79a6a98a74aeec0d5fc031892a8a","payload":{"name":"NAMESPACE","origin":"alert","secret":false,"value":"shop"},"payload_digest":"69cd0451cb0eb3e0478a485b2abe672951fa8da761285f507aa412f116266fb2","run":"20261125-0312-k3f9","salt":"00000000000000000000000000000004","seq":4,"type":"parameter_set","version":1,"wall":1795000004.0,"writer":"writer1"}}');
INSERT INTO "payloads" VALUES(8,'00000000000000000000000000000004','{"event":{"boot":"boot1","digest":"0da38b078fb5d8ecb6be81be94770d431c6785bb3cbea0899e767c0756a5607b","mono":5.0,"parent":"5f4d5e989c4a601adf77e076328016f9d3abbd5a823441d456b678d832d52870","payload":{"name":"TOKEN","origin":"typed","secret":true,"value":null},"payload_digest":"c82c8649fc01156d46b1c6731898b32f316b2f2b3e08da3e8c0afba7fc7dddf8","run":"20261125-0312-k3f9","salt":"00000000000000000000000000000005","seq":5,"type":"parameter_set","version":1,"wall":1795000005.0,"writer":"writer1"}}');
INSERT INTO "payloads" VALUES(9,'00000000000000000000000000000005','{"event":{"boot":"boot1","digest":"3d319de5a4c1b50939b518b0ac934a3eeb97e88acf8ac4800df69c30bab9e3ef","mono":6.0,"parent":"0da38b078fb5d8ecb6be81be94770d431c6785bb3cbea0899e767c0756a5607b","payload":{"names":["NAMESPACE"]},"payload_digest":"d551f951e5ad08ad8083adc8e48ebad8ed2607f60bd58a5b7e755585a56744e4","run":"20261125-0312-k3f9","salt":"00000000000000000000000000000006","seq":6,"type":"parameters_confirmed","version":1,"wall":1795000006.0,"writer":"writer1"}}');
INSERT INTO "payloads" VALUES(10,'00000000000000000000000000000006','{"event":{"boot":"boot1","digest":"b1da9885cd371a52ffe94107ecf2fbd0d8b4aff9d98d3a0aaef11a188711894c","mono":7.0,"parent":"3d319de5a4c1b50939b518b0ac934a3eeb97e88acf8ac4800df69c30bab9e3ef","payload":{"attempt":1,"background":false,"effect":"read","interactive":false,"original":"df","part":0,"pid":4711,"started":"123456","step":"look","text":"df -h","visit":1},"payload_digest":"f4a6d896a45676fdff4876c00cd87c0795acb1367d4c76f370b962a994d855bd","run":"20261125-0312-k3f9","salt":"00000000000000000000000000000007","seq":7,"type":"attempt_started","version":1,"wall":1795000007.0,"writer":"writer1"}}');
INSERT INTO "payloads" VALUES(11,'00000000000000000000000000000007','{"event":{"boot":"boot1","digest":"4c3a65ae2a8290a4c3b062dca1f3c8ba3421775c54f8cad66d596e2caab4490d","mono":8.0,"parent":"b1da9885cd371a52ffe94107ecf2fbd0d8b4aff9d98d3a0aaef11a188711894c","payload":{"attempt":1,"head":"Use% 99\n","kept":1048576,"size":3400000000,"stream":"stdout","tail":"tail\n"},"payload_digest":"e21fd8d8ae2586a6f22a38a707176db3e4617bcf99baefdf5de41001f60487ab","run":"20261125-0312-k3f9","salt":"00000000000000000000000000000008","seq":8,"type":"output","version":1,"wall":1795000008.0,"writer":"writer1"}}');
INSERT INTO "payloads" VALUES(12,'00000000000000000000000000000008','{"event":{"boot":"boot1","digest":"cbb57f05cc42253e31cb65a4d7e6cfcedf19fea1a0bb75706b9860db960c493d","mono":9.0,"parent":"4c3a65ae2a8290a4c3b062dca1f3c8ba3421775c54f8cad66d596e2caab4490d","payload":{"attempt":1,"duration":0.30000000000000004,"exit_code":0,"found_by":"runner","leftovers":["77 sleep 9"],"note":"","reason":"exit","signal":null,"statuses":[0,141]},"payload_digest":"0cb98683e01d74ed8a08bed7b9a8cfabacccbb08d3d7ee9af738196011068a3b","run":"20261125-0312-k3f9","salt":"00000000000000000000000000000009","seq":9,"type":"attempt_ended","version":1,"wall":1795000009.0,"writer":"writer1"}}');
INSERT INTO "payloads" VALUES(13,'00000000000000000000000000000009','{"event":{"boot":"boot1","digest":"3f5034f2badd10d4e2781862972818bd19e8bbc54a87e91f58f7f3a6de693938","mono":10.0,"parent":"cbb57f05cc42253e31cb65a4d7e6cfcedf19fea1a0bb75706b9860db960c493d","payload":{"attempt":1,"directory":"/srv","note":"","target":"","variables":{"A":"declare -- A=\"1\""},"withheld":["TOKEN"]},"payload_digest":"5467a1a7c9aa74b9722eaf09872b2f654fbd135431b44d5c7d0dc7cf261abfe8","run":"20261125-0312-k3f9","salt":"0000000000000000000000000000000a","seq":10,"type":"state_carried","version":1,"wall":1795000010.0,"writer":"writer1"}}');
INSERT INTO "payloads" VALUES(14,'0000000000000000000000000000000a','{"event":{"boot":"boot1","digest":"c09f14b7f7ef7ebb98cc29a966d05e0809a820279c1d84ef165ebdf45d994331","mono":11.0,"parent":"3f5034f2badd10d4e2781862972818bd19e8bbc54a87e91f58f7f3a6de693938","payload":{"attempt":1,"branches":[{"error":"no such name","evidence":"","holds":null,"index":0}],"checks":[{"error":"","evidence":"3 > 5","holds":false,"source":"size(rows) > 5"}],"verdict":"undetermined","visit":1,"why":"a pipe failed"},"payload_digest":"5c3cbdec000aadd9442ea72d532df99e685ae35553c25e339270cf8cebfa2a7e","run":"20261125-0312-k3f9","salt":"0000000000000000000000000000000b","seq":11,"type":"judged","version":1,"wall":1795000011.0,"writer":"writer1"}}');
INSERT INTO "payloads" VALUES(15,'0000000000000000000000000000000b','{"event":{"boot":"boot1","digest":"855c21d6cc7425361a80ba2598eeb00e09f04fca4db98e6d6ff4caa7448bab13","mono":12.0,"parent":"c09f14b7f7ef7ebb98cc29a966d05e0809a820279c1d84ef165ebdf45d994331","payload":{"how":"overruled","outcome":"passed","reason":"graphs are fine","visit":1},"payload_digest":"a01d43847a80d721310f7879d7e937d046a8aebad2da8793e1acb446fdf112d9","run":"20261125-0312-k3f9","salt":"0000000000000000000000000000000c","seq":12,"type":"step_ended","version":1,"wall":1795000012.0,"writer":"writer1"}}');
INSERT INTO "payloads" VALUES(16,'0000000000000000000000000000000c','{"heads":["ef992f1bcd4be3ad4ce42fe00d880046da38b2cf27e2cd4042b110892c273e9b","855c21d6cc7425361a80ba2598eeb00e09f04fca4db98e6d6ff4caa7448bab13"],"stands":""}');
CREATE INDEX milestones ON events (type, wall) WHERE type IN ('run_started', 'run_ended');
CREATE INDEX runs ON events (wall) WHERE position = 1;
CREATE TRIGGER events_never_change BEFORE UPDATE ON events
BEGIN
    SELECT RAISE(ABORT, 'the journal is append-only: events never change');
END;
CREATE TRIGGER events_never_go BEFORE DELETE ON events
BEGIN
    SELECT RAISE(ABORT, 'the journal is append-only: events are never deleted');
END;
CREATE TRIGGER events_go_to_the_end BEFORE INSERT ON events
WHEN NEW.position IS NOT 1 + (SELECT coalesce(max(position), 0) FROM events WHERE run = NEW.run)
    OR NEW.parent IS NOT coalesce((SELECT digest FROM events WHERE run = NEW.run ORDER BY position DESC LIMIT 1), '')
    OR EXISTS (SELECT 1 FROM events WHERE run = NEW.run AND writer = NEW.writer AND seq = NEW.seq)
BEGIN
    SELECT RAISE(ABORT, 'the journal is append-only: events go to the end of their run');
END;
CREATE TRIGGER payloads_only_empty BEFORE UPDATE ON payloads
WHEN NEW.id IS NOT OLD.id OR NEW.salt IS NOT NULL OR NEW.body IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'the journal is append-only: payloads are only ever scrubbed');
END;
CREATE TRIGGER payloads_never_go BEFORE DELETE ON payloads
BEGIN
    SELECT RAISE(ABORT, 'the journal is append-only: payloads are only ever scrubbed');
END;
CREATE TRIGGER payloads_never_replaced BEFORE INSERT ON payloads
WHEN EXISTS (SELECT 1 FROM payloads WHERE id = NEW.id)
BEGIN
    SELECT RAISE(ABORT, 'the journal is append-only: payloads are only ever scrubbed');
END;
COMMIT;
