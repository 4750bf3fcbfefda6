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
INSERT INTO "events" VALUES('20261125-0312-k3f9',2,'writer1',2,'b6da96c3edd48f70f4de6217b4e7344d5b5fc52f8bab0463a541bf376a59b85d',1795000002.0,2.0,'boot1','preflight',1,'84fa779962d2feb98a7b8927c69684f43b78f797b0a42c60395202fb11f09203','ecd7773c9608d3a207e9a113e25fe90d2f2c42bd6738355d4b13892a81d4d08d',2);
INSERT INTO "events" VALUES('20261125-0312-k3f9',3,'writer1',3,'ecd7773c9608d3a207e9a113e25fe90d2f2c42bd6738355d4b13892a81d4d08d',1795000003.0,3.0,'boot1','visited',1,'3d1c7f271b94fbfd342e6b61593e11a0d3aa6b2f403e9588ef77294e7449d7b8','7fa389939a34b3ff5a6ba1a504e27bfb3728a063976957eec4a65f52f1cda868',3);
INSERT INTO "events" VALUES('20261125-0312-k3f9',4,'writer1',4,'7fa389939a34b3ff5a6ba1a504e27bfb3728a063976957eec4a65f52f1cda868',1795000004.0,4.0,'boot1','guard_answered',1,'2d7ce703d7e24e0bcbc4ee16b4193b2441d8b02d99c4e0efe54fcad07e677179','3fad339e3c070a795b4164b411f0de08896d77c4e82ab762838523849f1b3d55',4);
INSERT INTO "events" VALUES('20261125-0312-k3f9',5,'writer1',5,'3fad339e3c070a795b4164b411f0de08896d77c4e82ab762838523849f1b3d55',1795000005.0,5.0,'boot1','parameter_set',1,'3e05ab89c103083fdc4c4fb28c0127a72492f8eb077f30a81f5b13c5bd3c7284','e254ae10b4293b59b34b5b468d01e7fc28eb867a40f4f049d68d5a5987617f14',5);
INSERT INTO "events" VALUES('20261125-0312-k3f9',6,'writer1',6,'e254ae10b4293b59b34b5b468d01e7fc28eb867a40f4f049d68d5a5987617f14',1795000006.0,6.0,'boot1','parameter_set',1,'f0e46105d3a3bb02b547a57570de49b64d2b9f84e9f4d2fb7a71c075336f8136','08870cead4e013b19d3660b19f55dcbe59d766ff5281fa5a0516b174244a5852',6);
INSERT INTO "events" VALUES('20261125-0312-k3f9',7,'writer1',7,'08870cead4e013b19d3660b19f55dcbe59d766ff5281fa5a0516b174244a5852',1795000007.0,7.0,'boot1','parameters_confirmed',1,'24aee58996218c34fd51d2419bda8711e9b31853d0370c4d2017bc71c2ea84b7','de2e4b2c334f245be8b38ab3a8fcc03571da6b88fc682ab6cb3ba5d7e468e88e',7);
INSERT INTO "events" VALUES('20261125-0312-k3f9',8,'writer1',8,'de2e4b2c334f245be8b38ab3a8fcc03571da6b88fc682ab6cb3ba5d7e468e88e',1795000008.0,8.0,'boot1','attempt_started',1,'751e3d474a5a556eec9139c5f6c59998af64ac34ff078bd0a69c8202f864e48d','23840ca1e18d89cb91bb60fb022a97abc3a0dd00f2cdc8634fa34daaf83d79a2',8);
INSERT INTO "events" VALUES('20261125-0312-k3f9',9,'writer1',9,'23840ca1e18d89cb91bb60fb022a97abc3a0dd00f2cdc8634fa34daaf83d79a2',1795000009.0,9.0,'boot1','output',1,'5ac11757454a828319c5ada94516f8dbbf8fb70d42e937258479704b4e518def','34548871a3288661199881e23f8c253f56d00ce0965a6759829c1029361ad031',9);
INSERT INTO "events" VALUES('20261125-0312-k3f9',10,'writer1',10,'34548871a3288661199881e23f8c253f56d00ce0965a6759829c1029361ad031',1795000010.0,10.0,'boot1','attempt_ended',1,'5e7bec68c88cb829ae5b86f261a4542b1cd6bc60826baa493879f8c4deeadb1a','2747ec752304f16b3b6d51ce840fb8bcdde1f29eaaa299bcb711d37c9492df88',10);
INSERT INTO "events" VALUES('20261125-0312-k3f9',11,'writer1',11,'2747ec752304f16b3b6d51ce840fb8bcdde1f29eaaa299bcb711d37c9492df88',1795000011.0,11.0,'boot1','state_carried',1,'60b0f50f028c6b8e191e9c7bbf99da590556301973cd595947c40a1102ba2a35','33061eb2f8feae8dfe16341cc05980e4ef487c39eccdf35b3af0ea6413ac0811',11);
INSERT INTO "events" VALUES('20261125-0312-k3f9',12,'writer1',12,'33061eb2f8feae8dfe16341cc05980e4ef487c39eccdf35b3af0ea6413ac0811',1795000012.0,12.0,'boot1','judged',1,'eeb3afa85c78c9a77f4fcbd01573dc74be85bc7221f74d0da14b0c2d6a7f288c','707a0f3afbecfeeebe0b9e5c9e25fef86364779fdc0e7102df0f4937e3b9c077',12);
INSERT INTO "events" VALUES('20261125-0312-k3f9',13,'writer1',13,'707a0f3afbecfeeebe0b9e5c9e25fef86364779fdc0e7102df0f4937e3b9c077',1795000013.0,13.0,'boot1','step_ended',1,'d8fc0e037634380c448758abf88fdb97020e3e2252d0f165602237d4f1ae22b1','4a0bc3f90dc49b4fac291f124b56d9c335bbbd2e760e24968a7b5567b85d0291',13);
INSERT INTO "events" VALUES('20261125-0312-k3f9',14,'writer1',14,'4a0bc3f90dc49b4fac291f124b56d9c335bbbd2e760e24968a7b5567b85d0291',1795000014.0,14.0,'boot1','branch_taken',1,'43f67ed7a7cca7dafb6296a9a1f2628b5e453112aeb9781ade3a657f340a43f4','51a2f44193adefbfc9c5390a24cd1e3207371ba3949ac58add7ebc49d5f066ec',14);
INSERT INTO "events" VALUES('20261125-0312-k3f9',15,'writer1',15,'51a2f44193adefbfc9c5390a24cd1e3207371ba3949ac58add7ebc49d5f066ec',1795000015.0,15.0,'boot1','noted',1,'b74e12c22d39c8226b7b37ad5fe22e2fb58d3fc8b1f89be7e051eb747556528c','b1a8e6e79b28ea609894ad8e714dd8a38211e3d3501a5f55bafc938acab6c2f6',15);
INSERT INTO "events" VALUES('20261125-0312-k3f9',16,'writer1',16,'b1a8e6e79b28ea609894ad8e714dd8a38211e3d3501a5f55bafc938acab6c2f6',1795000016.0,16.0,'boot1','timer_due',1,'c28e3d9835b7d5b710f2508a4a58bb85d49a2824ac38a707c11aed2a4e99762f','d616f2ac1b91651e8d99fa4f6498e2463d72f0b1ba86fd242b807f363725f389',16);
INSERT INTO "events" VALUES('20261125-0312-k3f9',17,'writer1',17,'d616f2ac1b91651e8d99fa4f6498e2463d72f0b1ba86fd242b807f363725f389',1795000017.0,17.0,'boot1','escalation_tried',1,'aea8323b5b0b5f39414f75d095e8be93c995fdcacf31089604d40568b01c651b','1e7b7e357d12be9c7fa2ccca30ade7a7d3d65d476d871da50edf474e6828497e',17);
INSERT INTO "events" VALUES('20261125-0312-k3f9',18,'writer1',18,'1e7b7e357d12be9c7fa2ccca30ade7a7d3d65d476d871da50edf474e6828497e',1795000018.0,18.0,'boot1','escalation_answered',1,'79438ca3a5a9a09f240a7ea84a559b4747050ed540cbdf465b87aee6f6c09b3e','569e714d59db221cf94c971be4af3d3a5fc5dda379754b23f8c49ef10cc67672',18);
INSERT INTO "events" VALUES('20261125-0312-k3f9',19,'writer1',19,'569e714d59db221cf94c971be4af3d3a5fc5dda379754b23f8c49ef10cc67672',1795000019.0,19.0,'boot1','child_entered',1,'339ddfcc62a00655e4921585ee3f4cfb4f3b4ed81c15891e8b3e65dfd8b29497','e30a87523206fbf9f422b137c01013a6e92bcd370c047a2845141e50ffc2b466',19);
INSERT INTO "events" VALUES('20261125-0312-k3f9',20,'writer1',20,'e30a87523206fbf9f422b137c01013a6e92bcd370c047a2845141e50ffc2b466',1795000020.0,20.0,'boot1','child_returned',1,'20b517fc290e8391dff15d1cc81438ec2f11b565049502a355a379024f726322','f80204e56559c9f0b98e0b5f8e6032e5ddc661eec992af96be3ca2e68b6cd75c',20);
INSERT INTO "events" VALUES('20261125-0312-k3f9',21,'writer1',21,'f80204e56559c9f0b98e0b5f8e6032e5ddc661eec992af96be3ca2e68b6cd75c',1795000021.0,21.0,'boot1','source_changed',1,'9a3e78a64f5fec008a2021a1938c4a52107dd23077936bac644329530bc4f900','e9b0a38ddcb3cf50eb37ee0851d01b59200cc2fe42ec9807a312a2ff7c49049b',21);
INSERT INTO "events" VALUES('20261125-0312-k3f9',22,'writer1',22,'e9b0a38ddcb3cf50eb37ee0851d01b59200cc2fe42ec9807a312a2ff7c49049b',1795000022.0,22.0,'boot1','warned',1,'e75805257fb1eb20f3ff23d69da5cabad6aadd67d82040653dc57a3664c3e51e','cbc20cbab1b0157b02088f039939d92cc7f284f0c2a97a3598442fff8f8d35b2',22);
INSERT INTO "events" VALUES('20261125-0312-k3f9',23,'writer1',23,'cbc20cbab1b0157b02088f039939d92cc7f284f0c2a97a3598442fff8f8d35b2',1795000023.0,23.0,'boot1','detached',1,'a50bf3ab501348dad75da1214c97368fe9078683dbe860c4d6d177f149ebddc9','5cbd11fe637d4cb56a61d5ea064cb97fe6c386654b3bc50b129eef1930734097',23);
INSERT INTO "events" VALUES('20261125-0312-k3f9',24,'writer1',24,'5cbd11fe637d4cb56a61d5ea064cb97fe6c386654b3bc50b129eef1930734097',1795000024.0,24.0,'boot1','handed_over',1,'d1b67473b426386fd1dc77a11b44b182ad959742d8fee93fd2b55771ad880dac','e76b63b388e0dd101e3420ec21df54d273949598376778976125eb389e68b67a',24);
INSERT INTO "events" VALUES('20261125-0312-k3f9',25,'writer1',25,'e76b63b388e0dd101e3420ec21df54d273949598376778976125eb389e68b67a',1795000025.0,25.0,'boot1','driver_changed',1,'6d5faba5c85bea32fc879beaf53e06470f6d9f26463fe4229bd48213a598975f','868295ac38a81fc9427b4e4fd370de025e699229d0d0f9fa2befcd61b5785d85',25);
INSERT INTO "events" VALUES('20261125-0312-k3f9',26,'writer1',26,'868295ac38a81fc9427b4e4fd370de025e699229d0d0f9fa2befcd61b5785d85',1795000026.0,26.0,'boot1','scrubbed',1,'d37ab24edf404eb9b60d3b81f8ac46eda34ffa1880529203bd796273ff4b8cc7','8e515ade2a42cc58c2a7b6dfac58abfab7746e7ade79d5ef3ed1498f52900ec8',26);
INSERT INTO "events" VALUES('20261125-0312-k3f9',27,'writer1',27,'8e515ade2a42cc58c2a7b6dfac58abfab7746e7ade79d5ef3ed1498f52900ec8',1795000027.0,27.0,'boot1','run_ended',1,'4a55f14e6a3742cf7e38780e83da8fa0abc8bd8ce94ef388b63e1d81384523c2','6ed49bbcd7c07974c870f3eb8f51889932d73220ef20451bffde62e62aa4ab77',27);
INSERT INTO "events" VALUES('20261125-0312-k3f9',28,'writer1',28,'6ed49bbcd7c07974c870f3eb8f51889932d73220ef20451bffde62e62aa4ab77',1795000028.0,28.0,'boot1','pruned',1,'315212be728abe91945ed3b453d59acbd81d55e887a49758d69ecf2b9c00f324','683c56eb57091aa81b1a80c82969ed319369e4a33aeb630f482f40020b0ae9de',28);
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
INSERT INTO "payloads" VALUES(2,'00000000000000000000000000000002','{"findings":[{"detail":"","name":"df","ok":true}]}');
INSERT INTO "payloads" VALUES(3,'00000000000000000000000000000003','{"how":"start","step":"look","visit":1}');
INSERT INTO "payloads" VALUES(4,'00000000000000000000000000000004','{"holds":true,"how":"answer","text":"If it is full","visit":1}');
INSERT INTO "payloads" VALUES(5,'00000000000000000000000000000005','{"name":"NAMESPACE","origin":"alert","secret":false,"value":"shop"}');
INSERT INTO "payloads" VALUES(6,'00000000000000000000000000000006','{"name":"TOKEN","origin":"typed","secret":true,"value":null}');
INSERT INTO "payloads" VALUES(7,'00000000000000000000000000000007','{"names":["NAMESPACE"]}');
INSERT INTO "payloads" VALUES(8,'00000000000000000000000000000008','{"attempt":1,"background":false,"effect":"read","interactive":false,"original":"df","part":0,"pid":4711,"started":"123456","step":"look","text":"df -h","visit":1}');
INSERT INTO "payloads" VALUES(9,'00000000000000000000000000000009','{"attempt":1,"head":"Use% 99\n","kept":1048576,"size":3400000000,"stream":"stdout","tail":"tail\n"}');
INSERT INTO "payloads" VALUES(10,'0000000000000000000000000000000a','{"attempt":1,"duration":0.30000000000000004,"exit_code":0,"found_by":"runner","leftovers":["77 sleep 9"],"note":"","reason":"exit","signal":null,"statuses":[0,141]}');
INSERT INTO "payloads" VALUES(11,'0000000000000000000000000000000b','{"attempt":1,"directory":"/srv","note":"","variables":{"A":"declare -- A=\"1\""},"withheld":["TOKEN"]}');
INSERT INTO "payloads" VALUES(12,'0000000000000000000000000000000c','{"attempt":1,"branches":[{"error":"no such name","evidence":"","holds":null,"index":0}],"checks":[{"error":"","evidence":"3 > 5","holds":false,"source":"size(rows) > 5"}],"verdict":"undetermined","visit":1,"why":"a pipe failed"}');
INSERT INTO "payloads" VALUES(13,'0000000000000000000000000000000d','{"how":"overruled","outcome":"passed","reason":"graphs are fine","visit":1}');
INSERT INTO "payloads" VALUES(14,'0000000000000000000000000000000e','{"destination":"finish:resolved","evidence":"3 > 5","how":"predicate","index":0,"text":"If it waits","visit":1}');
INSERT INTO "payloads" VALUES(15,NULL,NULL);
INSERT INTO "payloads" VALUES(16,'00000000000000000000000000000010','{"key":"rung:0","text":"call the dba"}');
INSERT INTO "payloads" VALUES(17,'00000000000000000000000000000011','{"how":"recorded","message":"help","to":"dba","via":"slack:#dba"}');
INSERT INTO "payloads" VALUES(18,'00000000000000000000000000000012','{"result":"reached","to":"dba"}');
INSERT INTO "payloads" VALUES(19,'00000000000000000000000000000013','{"path":"ops/child.md","run":"20261125-0313-child","visit":1}');
INSERT INTO "payloads" VALUES(20,'00000000000000000000000000000014','{"outcome":"resolved","run":"20261125-0313-child"}');
INSERT INTO "payloads" VALUES(21,'00000000000000000000000000000015','{"changed":["look"],"choice":"new","digest":"cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd","source":"# Worker\n\n## Diagnosis\n\n1. Look:\n\n   ```sh {id=look}\n   df -h\n   ```\n"}');
INSERT INTO "payloads" VALUES(22,'00000000000000000000000000000016','{"code":"clock-jump","text":"the clock jumped"}');
INSERT INTO "payloads" VALUES(23,'00000000000000000000000000000017','{"reason":"paused"}');
INSERT INTO "payloads" VALUES(24,'00000000000000000000000000000018','{"note":"I go to bed","to":"bob","who":"alice"}');
INSERT INTO "payloads" VALUES(25,'00000000000000000000000000000019','{"host":"jump2","how":"resume","who":"bob"}');
INSERT INTO "payloads" VALUES(26,'0000000000000000000000000000001a','{"reason":"a password","seq":15,"who":"bob","writer":"writer1"}');
INSERT INTO "payloads" VALUES(27,'0000000000000000000000000000001b','{"how":"answer","note":"for now","outcome":"mitigated"}');
INSERT INTO "payloads" VALUES(28,'0000000000000000000000000000001c','{"archive":"runbook-2026-11-25.jsonl","by":"bob","note":"","outcome":"mitigated","path":"ops/worker.md","service":"payments","title":"Worker","who":"carol"}');
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
