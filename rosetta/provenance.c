#include "rosetta/provenance.h"

bool ros_provenance_dtype(const struct ros_hub *hub, struct ros_str name, enum ros_dtype *type)
{
	const struct ros_json *dtypes = ros_json_get(hub->provenance, "dtypes"), *v;

	for (v = dtypes && dtypes->type == ROS_JSON_OBJECT ? dtypes->first : NULL; v; v = v->next) {
		if (!ros_str_equal(v->key, name))
			continue;
		*type = ros_dtype_by_name(ros_json_str(v));
		return *type != ROS_DTYPE_COUNT;
	}
	return false;
}

bool ros_provenance_output_present(const struct ros_hub *hub)
{
	const struct ros_json *v = ros_json_get(hub->provenance, "output_present");

	return v && v->type == ROS_JSON_BOOL && v->boolean;
}
