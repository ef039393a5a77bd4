/* Every number that a file may choose has a cap here, with its reason. */
#ifndef ROS_FORMATS_LIMITS_H
#define ROS_FORMATS_LIMITS_H

#define ROS_MAX_DIMS 8                       /* APR's writer clips at 8; ggml stops at 4, torch weights at 5 */
#define ROS_MAX_TENSORS (1u << 22)           /* the largest index known lists 497,000 (Kimi-K3) */
#define ROS_MAX_PLACEMENTS (1u << 20)        /* matrices in one model, experts counted each: twice the largest known */
#define ROS_MAX_META (1u << 20)              /* key/value pairs in one file */
#define ROS_MAX_NAME 4096                    /* bytes in a tensor name; GGUF 63, APR 256, SafeTensors none */
#define ROS_MAX_KEY 65535                    /* bytes in a metadata key (GGUF specification) */
#define ROS_MAX_STRING (1u << 30)            /* bytes in one metadata string (ggml's own cap) */
#define ROS_MAX_ARRAY (1u << 26)             /* elements in one metadata array: a vocabulary is under 2^20 */
#define ROS_MAX_VOCABULARY (1u << 20)        /* entries made from side files, where one id can ask for millions; the largest published has 901,629 (XLM-V) */
#define ROS_MAX_ARRAY_NESTING 4              /* GGUF arrays of arrays; ggml refuses any */
#define ROS_MAX_NESTED_ARRAYS (1u << 16)      /* arrays that are elements of others, in one file: each may cost three times its bytes */
#define ROS_MAX_SAFETENSORS_HEADER 100000000u /* the reference's own cap */
#define ROS_MAX_UNKNOWN_FIELDS 16            /* in one tensor's entry of a SafeTensors header, which has three known ones */
#define ROS_MAX_JSON (512u << 20)            /* bytes in one JSON document: an APR vocabulary is 12 MB, an index 60 MB */
#define ROS_MAX_JSON_DEPTH 127               /* serde_json's limit: 127 levels pass */
#define ROS_MAX_SIDE_FILE (256u << 20)       /* tokenizer.json and its neighbours */
#define ROS_MAX_SHARDS 10000                 /* huggingface.js reads no more */
#define ROS_MAX_ALIGNMENT (1u << 20)         /* GGUF general.alignment; what upstream discusses as a cap */
#define ROS_MAX_INFLATED_HEADER (1ull << 30) /* what stands before the data of a compressed APR: twice the metadata's cap */
/* A compressed APR of N bytes may inflate to RATIO times N and ANYWAY more. LZ4 makes 255:1 at most. zstd makes 32768:1 of zeros, but
 * some 20:1 at best of weights that are none: a model may hold a thousand times more zeros than its other weights take, or, where it
 * has little else, a few hundred megabytes of them. */
#define ROS_MAX_INFLATE_RATIO 1024ull
#define ROS_MAX_INFLATED_ANYWAY (256ull << 20)
#define ROS_MAX_INFLATED (4ull << 40)        /* a compressed APR, inflated, as its index has it: twice the largest model known (Kimi-K3 in BF16) */

#endif
